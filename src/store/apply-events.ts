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

/** Works an event off: the lead's story gets it, and the address is suppressed for good where the event says so. */
export async function applyLeadEvent(store: StoreContext, eventId: number, event: LeadEvent): Promise<void> {
  const { organization, email, name, campaignId, at, suppress } = event;
  once(store, eventId, (now) => {
    const lead = store.db
      .prepare<[string, string], { seq: number; id: string }>(
        'SELECT seq, id FROM leads WHERE organization_id = ? AND email = ?',
      )
      .get(organization, email);
    if (suppress !== undefined) suppressionWriter(store, organization)(email, suppress, `event ${eventId}`, now);
    if (lead) {
      const details = { event: name, ...(campaignId ? { campaign: campaignId } : {}), ...(at ? { at } : {}) };
      auditWriter(store, organization)(lead.id, { trigger: 'webhook', action: 'event', details }, now);
      if (suppress !== undefined) blockHeldLead(store, organization, lead, suppress, 'webhook');
    }
    return lead ? name : `${name}, no such lead here`;
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

/** Does `work`, and notes what it came to, in one transaction; nothing when another process has worked the event off. */
function once(store: StoreContext, eventId: number, work: (now: string) => string): void {
  write(store, () => {
    const isOpen = store.db.prepare<[number]>('SELECT 1 FROM webhook_events WHERE id = ? AND processed_at IS NULL');
    if (isOpen.get(eventId) === undefined) return;
    const now = isoTime(store.clock.now());
    const result = work(now);
    store.db.prepare('UPDATE webhook_events SET processed_at = ?, result = ? WHERE id = ?').run(now, result, eventId);
  });
}
