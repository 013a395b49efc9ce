import { createHash } from 'node:crypto';
import { canonicalAddress } from '../address.js';
import { applyCampaignEvent, applyLeadEvent, ignoreEvent, noteUnreadStop } from '../store/apply-events.js';
import type { StoreContext } from '../store/context.js';
import { erasedAmong } from '../store/erased.js';
import { openEvents, saveEvent } from '../store/webhook-events.js';
import { readEvent } from './event-meaning.js';
import { type Levels, openEnvelopes } from './open-envelopes.js';

/** A delivery of Smartlead's webhook whose sender is known. */
export interface IncomingEvent {
  deliveryId: string | undefined;
  /** The body as it came, with the secret taken out. It may hold several events. */
  body: string;
}

/** Told of an event that a person has to see to. */
export type Warn = (organization: string, message: string) => void;

interface Kept {
  id: number;
  organization: string;
  body: string;
}

async function workOff(store: StoreContext, { id, organization, body }: Kept, levels: Levels, warn: Warn) {
  const { name, email, campaign, at, suppress, looksLikeStop } = readEvent(levels);
  const needsPerson = async (why: string) => {
    if (!(await noteUnreadStop(store, id, { organization, name, why, body }))) return;
    const what = name === '' ? 'An event' : name;
    warn(
      organization,
      `${what} from Smartlead should stop a lead and did not: ${why}. drason audit --action event_unread`,
    );
  };
  if (suppress !== undefined && email === undefined) return needsPerson('no address can be read in it');
  if (looksLikeStop) return needsPerson('it cannot be read what happened');
  if (email !== undefined && (suppress !== undefined || !isAboutCampaign(name))) {
    if (name === '' && suppress === undefined) return ignoreEvent(store, id, NOT_READABLE);
    return applyLeadEvent(store, id, {
      organization,
      email,
      name: name || 'unnamed',
      campaignId: campaign.id,
      at,
      suppress,
    });
  }
  if (name === '') return ignoreEvent(store, id, NOT_READABLE);
  if (!isAboutCampaign(name)) return ignoreEvent(store, id, `${name} without an address`);
  if (campaign.id === undefined) return ignoreEvent(store, id, `${name} without a campaign`);
  const { id: campaignId, name: campaignName, status } = campaign;
  return applyCampaignEvent(store, id, { organization, campaignId, name: campaignName, status });
}

const NOT_READABLE = 'not an event that drason can read';
const isAboutCampaign = (name: string) => name.startsWith('CAMPAIGN_') && !name.startsWith('CAMPAIGN_LEAD');

/**
 * Stores the events of a body, then works them off. False: nothing is new. Of a person who was erased nothing is stored.
 * An event that stops a lead is applied even when it is known. Throws what the store throws.
 */
export async function handleEvent(
  store: StoreContext,
  organization: string,
  { deliveryId, body: whole }: IncomingEvent,
  warn: Warn,
): Promise<boolean> {
  let anyNew = false;
  for (const { levels, body: part } of openEnvelopes(JSON.parse(whole)).events) {
    const body = await withoutErased(store, organization, JSON.stringify(part), readEvent(levels).email);
    if (body === undefined) continue;
    const bodyHash = createHash('sha256').update(body).digest('hex');
    const { id, isNew } = await saveEvent(store, { organization, deliveryId, bodyHash, body });
    anyNew ||= isNew;
    await workOff(store, { id, organization, body }, levels, warn);
  }
  return anyNew;
}

/** Everything that may be an address, wherever it is. */
const ADDRESSES = /[^\s"'<>()[\]{},;:\\]+@[^\s"'<>()[\]{},;:\\]+/g;

/** A body as it may be stored; undefined: it is about a person who was erased, or about nobody else. */
async function withoutErased(
  store: StoreContext,
  organization: string,
  body: string,
  email: string | undefined,
): Promise<string | undefined> {
  const written = new Map((body.match(ADDRESSES) ?? []).map((text) => [text, canonicalAddress(text)]));
  const all = [...written.values(), ...(email === undefined ? [] : [email])];
  const erased = await erasedAmong(store, organization, all);
  if (erased.size === 0) return body;
  if (email === undefined || erased.has(email)) return undefined;
  return body.replaceAll(ADDRESSES, (text) => (erased.has(written.get(text) ?? '') ? '[erased]' : text));
}

/** Works off what was stored and then left: the process ended, or the database was busy for long. */
export async function finishEvents(store: StoreContext, warn: Warn): Promise<void> {
  for (const kept of await openEvents(store)) {
    const { events } = openEnvelopes(JSON.parse(kept.body));
    if (events.length === 0) await ignoreEvent(store, kept.id, NOT_READABLE);
    for (const { levels } of events) await workOff(store, kept, levels, warn);
  }
}
