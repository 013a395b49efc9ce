import { isoTime } from '../clock.js';
import { auditWriter } from './audit.js';
import { type StoreContext, write } from './context.js';
import { blockHeldLead, suppressionWriter } from './suppressions.js';

/** An event that Smartlead tells of a lead, and what follows from it. */
export interface LeadEvent {
  organization: string;
  email: string;
  /** Smartlead's name for what happened, such as EMAIL_BOUNCE. */
  name: string;
  campaignId: string | undefined;
  at: string | undefined;
  /** Set: the address is never mailed again, for this reason. */
  suppress: string | undefined;
}

/**
 * Works an event off: the lead's story gets it, and the address is suppressed for good where the event says so. One that
 * was worked off before, and stops a lead, is applied all the same: the suppression may have been taken back since.
 */
export async function applyLeadEvent(store: StoreContext, eventId: number, event: LeadEvent): Promise<void> {
  const { organization, email, name, campaignId, at, suppress } = event;
  write(store, () => {
    const isOpen = stillOpen(store, eventId);
    if (!isOpen && suppress === undefined) return;
    const now = isoTime(store.clock.now());
    const lead = store.db
      .prepare<[string, string], { seq: number; id: string }>(
        'SELECT seq, id FROM leads WHERE organization_id = ? AND email = ?',
      )
      .get(organization, email);
    const isNew =
      suppress !== undefined && suppressionWriter(store, organization)(email, suppress, `event ${eventId}`, now);
    if (lead && (isOpen || isNew)) {
      const details = { event: name, ...(campaignId ? { campaign: campaignId } : {}), ...(at ? { at } : {}) };
      auditWriter(store, organization)(lead.id, { trigger: 'webhook', action: 'event', details }, now);
    }
    if (lead && suppress !== undefined) blockHeldLead(store, organization, lead, suppress, 'webhook');
    if (isOpen) close(store, eventId, lead ? name : `${name}, no such lead here`, now);
  });
}

/** What Smartlead says of a campaign is kept, so that people see its name and status. */
export async function applyCampaignEvent(
  store: StoreContext,
  eventId: number,
  event: { organization: string; campaignId: string; name: string | undefined; status: string | undefined },
): Promise<void> {
  once(store, eventId, (now) => {
    store.db
      .prepare(
        `INSERT INTO campaigns (organization_id, id, name, status, seen_at) VALUES (?, ?, ?, ?, ?)
         ON CONFLICT DO UPDATE SET name = coalesce(nullif(excluded.name, ''), name),
           status = coalesce(excluded.status, status), seen_at = excluded.seen_at`,
      )
      .run(event.organization, event.campaignId, event.name ?? '', event.status ?? null, now);
    return 'campaign';
  });
}

/** An event that says nothing drason acts on: it is kept, and that is all. */
export async function ignoreEvent(store: StoreContext, eventId: number, why: string): Promise<void> {
  once(store, eventId, () => why);
}

/** How much of an event that needs a person is shown to them. */
const SHOWN = 1000;

/**
 * An event that should stop somebody and cannot be applied: it is counted among those that a person has to see to, and
 * shown in the audit log. True when that is news.
 */
export async function noteUnreadStop(
  store: StoreContext,
  eventId: number,
  event: { organization: string; name: string; why: string; body: string },
): Promise<boolean> {
  let isNews = false;
  once(store, eventId, (now) => {
    store.db.prepare('UPDATE webhook_events SET unread_stop = 1 WHERE id = ?').run(eventId);
    const details = { event: event.name || 'unnamed', why: event.why, body: event.body.slice(0, SHOWN) };
    const entry = { trigger: 'webhook', action: 'event_unread', details } as const;
    auditWriter(store, event.organization)(event.organization, entry, now, 'organization');
    isNews = true;
    return event.why;
  });
  return isNews;
}

function stillOpen({ db }: StoreContext, eventId: number): boolean {
  return db.prepare('SELECT 1 FROM webhook_events WHERE id = ? AND processed_at IS NULL').get(eventId) !== undefined;
}

function close({ db }: StoreContext, eventId: number, result: string, now: string): void {
  db.prepare('UPDATE webhook_events SET processed_at = ?, result = ? WHERE id = ?').run(now, result, eventId);
}

/** Does `work`, and notes what it came to, in one transaction; nothing when another process has worked the event off. */
function once(store: StoreContext, eventId: number, work: (now: string) => string): void {
  write(store, () => {
    if (!stillOpen(store, eventId)) return;
    const now = isoTime(store.clock.now());
    close(store, eventId, work(now), now);
  });
}
