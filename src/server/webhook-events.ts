import { createHash } from 'node:crypto';
import { canonicalAddress } from '../address.js';
import type { StoreContext } from '../store/engine/context.js';
import { erasedAmong } from '../store/leads/erased.js';
import { applyEvents, type EventEffect, type ReadEvent } from '../store/log/apply-events.js';
import { openEvents, saveEvents } from '../store/log/webhook-events.js';
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

const NOT_READABLE = 'not an event that drason can read';
const isAboutCampaign = (name: string) => name.startsWith('CAMPAIGN_') && !name.startsWith('CAMPAIGN_LEAD');

function effectOf(levels: Levels, body: string): EventEffect {
  const { name, email, campaign, at, suppress, looksLikeStop } = readEvent(levels);
  if (suppress !== undefined && email === undefined) {
    return { does: 'needs_person', name, why: 'no address can be read in it', body };
  }
  if (looksLikeStop) return { does: 'needs_person', name, why: 'it cannot be read what happened', body };
  if (suppress === undefined && name === '') return { does: 'nothing', why: NOT_READABLE };
  if (email !== undefined && (suppress !== undefined || !isAboutCampaign(name))) {
    return { does: 'lead', email, name: name || 'unnamed', campaignId: campaign.id, at, suppress };
  }
  if (!isAboutCampaign(name)) return { does: 'nothing', why: `${name} without an address` };
  if (campaign.id === undefined) return { does: 'nothing', why: `${name} without a campaign` };
  return { does: 'campaign', campaignId: campaign.id, name: campaign.name, status: campaign.status };
}

async function workOff(store: StoreContext, events: readonly ReadEvent[], warn: Warn): Promise<void> {
  for (const { organization, effect } of await applyEvents(store, events)) {
    if (effect.does !== 'needs_person') continue;
    const what = effect.name === '' ? 'An event' : effect.name;
    warn(
      organization,
      `${what} from Smartlead should stop a lead and did not: ${effect.why}. See drason audit --action event_unread`,
    );
  }
}

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
  const kept: Array<{ body: string; bodyHash: string; effect: EventEffect }> = [];
  for (const { levels, body: part } of openEnvelopes(JSON.parse(whole)).events) {
    const body = await withoutErased(store, organization, JSON.stringify(part), readEvent(levels).email);
    if (body === undefined) continue;
    kept.push({ body, bodyHash: createHash('sha256').update(body).digest('hex'), effect: effectOf(levels, body) });
  }
  if (kept.length === 0) return false;
  const saved = await saveEvents(store, organization, deliveryId, kept);
  const events = kept.flatMap(({ effect }, n) => {
    const id = saved[n]?.id;
    return id === undefined ? [] : [{ id, organization, effect }];
  });
  await workOff(store, events, warn);
  return saved.some(({ isNew }) => isNew);
}

/** Everything that may be an address, wherever it is. It begins where a word does: else a long word takes the square of its length. */
const ADDRESSES = /(?<![^\s"'<>()[\]{},;:\\])[^\s"'<>()[\]{},;:\\]+@[^\s"'<>()[\]{},;:\\]+/g;

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
  for (const { id, organization, body } of await openEvents(store)) {
    const { events } = openEnvelopes(JSON.parse(body));
    const effects = events.map(({ levels }) => effectOf(levels, body));
    const nothing: EventEffect = { does: 'nothing', why: NOT_READABLE };
    const all = effects.length === 0 ? [nothing] : effects;
    await workOff(
      store,
      all.map((effect) => ({ id, organization, effect })),
      warn,
    );
  }
}
