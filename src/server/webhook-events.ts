import { createHash } from 'node:crypto';
import { z } from 'zod';
import { canonicalAddress } from '../address.js';
import { applyCampaignEvent, applyLeadEvent, ignoreEvent } from '../store/apply-events.js';
import type { StoreContext } from '../store/context.js';
import { erasedAmong } from '../store/erased.js';
import { openEvents, saveEvent } from '../store/webhook-events.js';

/** A delivery of Smartlead's webhook whose sender is known. */
export interface IncomingEvent {
  deliveryId: string | undefined;
  /** The body as it came, with the secret taken out. */
  body: string;
}

/** A field as text; one that holds something else counts as absent, so that it does not hide the others. */
const text = z
  .union([z.string(), z.number().transform(String)])
  .optional()
  .catch(undefined);

/** Both shapes: flat with `event_type`, and the older one with `event` and `lead`. Other fields are kept, and not read. */
const eventSchema = z
  .object({
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
    lead: z.object({ email: text }).optional().catch(undefined),
    campaign: z.object({ id: text, name: text, status: text }).optional().catch(undefined),
  })
  .transform((event) => ({
    name: (event.event_type ?? event.event ?? '')
      .trim()
      .toUpperCase()
      .replaceAll(/[\s.-]+/g, '_'),
    email: canonicalAddress(event.sl_lead_email ?? event.lead?.email ?? event.lead_email ?? event.to_email ?? ''),
    campaignId: event.campaign_id ?? event.campaign?.id,
    campaignName: event.campaign_name ?? event.campaign?.name,
    campaignStatus: event.campaign_status ?? event.campaign?.status ?? event.status,
    at: event.event_timestamp,
  }));

/** Why an address must not be mailed any more after this event: EMAIL_BOUNCE, LEAD_UNSUBSCRIBED and their like. */
function suppressionBy(name: string): string | undefined {
  if (/(^|_)BOUNCED?$/.test(name)) return `bounced (${name} from Smartlead)`;
  return /(^|_)UNSUBSCRIBED?$/.test(name) ? `unsubscribed (${name} from Smartlead)` : undefined;
}

async function workOff(store: StoreContext, organization: string, id: number, body: string): Promise<void> {
  const parsed = eventSchema.safeParse(JSON.parse(body));
  if (!parsed.success || parsed.data.name === '') return ignoreEvent(store, id, 'not an event that drason can read');
  const { name, email, campaignId, campaignName, campaignStatus, at } = parsed.data;
  if (name.startsWith('CAMPAIGN_')) {
    if (campaignId === undefined) return ignoreEvent(store, id, `${name} without a campaign`);
    return applyCampaignEvent(store, id, { organization, campaignId, name: campaignName, status: campaignStatus });
  }
  // a bare domain would suppress everyone there
  if (!email.includes('@')) return ignoreEvent(store, id, `${name} without an address`);
  return applyLeadEvent(store, id, { organization, email, name, campaignId, at, suppress: suppressionBy(name) });
}

/**
 * Stores an event, then works it off. False: nothing changes, because it was known, or because it is of a person who was
 * erased, of whom nothing is stored. Throws what the store throws.
 */
export async function handleEvent(store: StoreContext, organization: string, event: IncomingEvent): Promise<boolean> {
  const { email } = eventSchema.safeParse(JSON.parse(event.body)).data ?? { email: '' };
  if ((await erasedAmong(store, organization, [email])).size > 0) return false;
  const bodyHash = createHash('sha256').update(event.body).digest('hex');
  const id = await saveEvent(store, { organization, ...event, bodyHash });
  if (id === undefined) return false;
  await workOff(store, organization, id, event.body);
  return true;
}

/** Works off what was stored and then left: the process ended, or the database was busy for long. */
export async function finishEvents(store: StoreContext): Promise<void> {
  for (const { id, organization, body } of await openEvents(store)) await workOff(store, organization, id, body);
}
