import { isoTime } from '../../clock.js';
import { type StoreContext, write } from '../engine/context.js';
import { blockHeldLead, suppressionWriter } from '../leads/suppressions.js';
import { auditWriter } from './audit.js';

/** An event that Smartlead tells of a lead, and what follows from it. */
export interface LeadEvent {
  does: 'lead';
  email: string;
  /** Smartlead's name for what happened, such as EMAIL_BOUNCE. */
  name: string;
  campaignId: string | undefined;
  at: string | undefined;
  /** Set: the address is never mailed again, for this reason. */
  suppress: string | undefined;
}

/** What Smartlead says of a campaign is kept, so that people see its name and status. */
interface CampaignEvent {
  does: 'campaign';
  campaignId: string;
  name: string | undefined;
  status: string | undefined;
}

/** An event that says nothing drason acts on: it is kept, and that is all. */
interface NoEvent {
  does: 'nothing';
  why: string;
}

/** An event that should stop somebody and cannot be applied: a person has to see to it. */
interface UnreadEvent {
  does: 'needs_person';
  name: string;
  why: string;
  body: string;
}

/** What follows from a stored event. */
export type EventEffect = LeadEvent | CampaignEvent | NoEvent | UnreadEvent;

/** A stored event, and what follows from it. */
export interface ReadEvent {
  id: number;
  organization: string;
  effect: EventEffect;
}

/** How much of an event that needs a person is shown to them. */
const SHOWN = 1000;

/**
 * Works events off, in one transaction: each once, whichever process is first. One that was worked off before and stops a
 * lead is applied all the same: the suppression may have been taken back since. Returns those that need a person, and
 * are news.
 */
export async function applyEvents(store: StoreContext, events: readonly ReadEvent[]): Promise<ReadEvent[]> {
  const { db } = store;
  return write(store, () => {
    const now = isoTime(store.clock.now());
    const open = db.prepare<[number]>('SELECT 1 FROM webhook_events WHERE id = ? AND processed_at IS NULL');
    const close = db.prepare('UPDATE webhook_events SET processed_at = ?, result = ?, unread_stop = ? WHERE id = ?');
    return events.filter((event) => {
      const { id, organization, effect } = event;
      const isOpen = open.get(id) !== undefined;
      const needsPerson = effect.does === 'needs_person';
      let result = effect.does === 'nothing' ? effect.why : 'campaign';
      if (effect.does === 'lead') result = applyToLead(store, { id, organization, effect }, isOpen, now);
      else if (!isOpen) return false;
      else if (effect.does === 'campaign') keepCampaign(store, organization, effect, now);
      else if (needsPerson) result = tellOfUnread(store, organization, effect, now);
      if (isOpen) close.run(now, result, needsPerson ? 1 : 0, id);
      return needsPerson;
    });
  });
}

function applyToLead(
  store: StoreContext,
  event: { id: number; organization: string; effect: LeadEvent },
  isOpen: boolean,
  now: string,
): string {
  const { id, organization, effect } = event;
  const { email, name, campaignId, at, suppress } = effect;
  const lead = store.db
    .prepare<[string, string], { seq: number; id: string }>(
      'SELECT seq, id FROM leads WHERE organization_id = ? AND email = ?',
    )
    .get(organization, email);
  const isNew = suppress !== undefined && suppressionWriter(store, organization)(email, suppress, `event ${id}`, now);
  if (lead && (isOpen || isNew)) {
    const details = { event: name, ...(campaignId ? { campaign: campaignId } : {}), ...(at ? { at } : {}) };
    auditWriter(store, organization)(lead.id, { trigger: 'webhook', action: 'event', details }, now);
  }
  if (lead && suppress !== undefined) blockHeldLead(store, organization, lead, suppress, 'webhook');
  return lead ? name : `${name}, no such lead here`;
}

function keepCampaign({ db }: StoreContext, organization: string, event: CampaignEvent, now: string): void {
  db.prepare(
    `INSERT INTO campaigns (organization_id, id, name, status, seen_at) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET name = coalesce(nullif(excluded.name, ''), name),
       status = coalesce(excluded.status, status), seen_at = excluded.seen_at`,
  ).run(organization, event.campaignId, event.name ?? '', event.status ?? null, now);
}

function tellOfUnread(store: StoreContext, organization: string, event: UnreadEvent, now: string): string {
  const { name, why, body } = event;
  const details = { event: name || 'unnamed', why, body: body.slice(0, SHOWN) };
  const entry = { trigger: 'webhook', action: 'event_unread', details } as const;
  auditWriter(store, organization)(organization, entry, now, 'organization');
  return `${name || 'an event'} that should stop a lead: ${why}`;
}
