import { createHash } from 'node:crypto';
import { z } from 'zod';
import { normalizeEmail } from '../lead.js';
import { applyCampaignEvent, applyLeadEvent, ignoreEvent } from '../store/apply-events.js';
import type { StoreContext } from '../store/context.js';
import { openEvents, saveEvent } from '../store/webhook-events.js';

/** A delivery of Smartlead's webhook whose sender is known. */
export interface IncomingEvent {
  deliveryId: string | undefined;
  /** The body as it came, with the secret taken out. */
  body: string;
}

const text = z.preprocess((value) => (typeof value === 'number' ? String(value) : value), z.string()).optional();

/** Both shapes: flat with `event_type`, and the older one with `event` and `lead`. Other keys are kept, and not read. */
const eventSchema = z
  .looseObject({
    event_type: text,
    event: text,
    campaign_id: text,
    campaign_name: text,
    campaign_status: text,
    status: text,
    sl_lead_email: text,
    lead_email: text,
    to_email: text,
    event_timestamp: text,
    lead: z.looseObject({ email: text }).optional(),
    campaign: z.looseObject({ id: text, name: text, status: text }).optional(),
  })
  .transform((event) => ({
    name: (event.event_type ?? event.event ?? '')
      .trim()
      .toUpperCase()
      .replaceAll(/[\s.-]+/g, '_'),
    email: normalizeEmail(event.sl_lead_email ?? event.lead?.email ?? event.lead_email ?? event.to_email ?? ''),
    campaignId: event.campaign_id ?? event.campaign?.id,
    campaignName: event.campaign_name ?? event.campaign?.name,
    campaignStatus: event.campaign_status ?? event.campaign?.status ?? event.status,
    at: event.event_timestamp,
  }));

/** Events after which an address must not be mailed any more, and the reason that is kept. */
const FOR_GOOD: Readonly<Record<string, string>> = {
  EMAIL_BOUNCE: 'bounced (EMAIL_BOUNCE from Smartlead)',
  EMAIL_BOUNCED: 'bounced (EMAIL_BOUNCED from Smartlead)',
  BOUNCE: 'bounced (BOUNCE from Smartlead)',
  LEAD_UNSUBSCRIBED: 'unsubscribed (LEAD_UNSUBSCRIBED from Smartlead)',
  EMAIL_UNSUBSCRIBED: 'unsubscribed (EMAIL_UNSUBSCRIBED from Smartlead)',
  UNSUBSCRIBED: 'unsubscribed (UNSUBSCRIBED from Smartlead)',
};

async function workOff(store: StoreContext, organization: string, id: number, body: string): Promise<void> {
  const parsed = eventSchema.safeParse(JSON.parse(body));
  if (!parsed.success || parsed.data.name === '') return ignoreEvent(store, id, 'not an event that drason can read');
  const { name, email, campaignId, campaignName, campaignStatus, at } = parsed.data;
  if (name.startsWith('CAMPAIGN_')) {
    if (campaignId === undefined) return ignoreEvent(store, id, `${name} without a campaign`);
    return applyCampaignEvent(store, id, { organization, campaignId, name: campaignName, status: campaignStatus });
  }
  if (email === '') return ignoreEvent(store, id, `${name} without an address`);
  return applyLeadEvent(store, id, { organization, email, name, campaignId, at, suppress: FOR_GOOD[name] });
}

/** Stores an event, then works it off. False: it was known, and nothing changes. Throws what the store throws. */
export async function handleEvent(store: StoreContext, organization: string, event: IncomingEvent): Promise<boolean> {
  const bodyHash = createHash('sha256').update(event.body).digest('hex');
  const id = await saveEvent(store, { organization, ...event, bodyHash });
  if (id === undefined) return false;
  await workOff(store, organization, id, event.body);
  return true;
}

/** Works off what was stored when a process ended too early. */
export async function finishEvents(store: StoreContext): Promise<void> {
  for (const { id, organization, body } of await openEvents(store)) await workOff(store, organization, id, body);
}
