import prettyMs from 'pretty-ms';
import { isoTime } from '../clock.js';
import type { OrganizationConfig } from '../config/schema.js';
import type { HoldReason } from '../lead.js';
import { STOP_TEXT } from '../pipeline/problems.js';
import type { StoreContext } from '../store/engine/context.js';
import type { Incident } from '../store/log/incidents.js';
import { latestKey, pushCounts, unprovenCampaigns } from '../store/queue/attempts.js';
import { campaignsHeldFor, countLeads, waitingGroups } from '../store/queue/queue.js';
import { listUnliftedStops, type Stop } from '../store/queue/stops.js';
import { counted } from '../text/wording.js';

/** What tells whether an organization is in trouble, as read at one moment. */
export interface Signs {
  /** When it was read, milliseconds. */
  at: number;
  /** Pushes of the window, those before the end of the last incident left out. */
  proven: number;
  failed: number;
  held: Partial<Record<HoldReason, number>>;
  /** Leads that wait for their push. */
  waiting: number;
  /** What is stopped and holds leads of this organization back. */
  stops: Stop[];
  /** Leads wait for a campaign whose latest attempt has proven nothing: it is not known to work again. */
  unsettled: boolean;
}

/** With fewer pushes a rate says little, unless none of them got through. */
const FEWEST_PUSHES = 10;
const FEWEST_IF_ALL_FAILED = 3;
/** A pause that Smartlead asks for is everyday business up to this, milliseconds. */
const SHORT_PAUSE_MS = 300_000;

function isShortPause({ reason, since, until }: Stop): boolean {
  return reason === 'rate_limit' && until !== null && Date.parse(until) - Date.parse(since) <= SHORT_PAUSE_MS;
}

/**
 * Reads the signs of trouble. Stops are those of the key that pushed last, not of the one at hand, so that every process
 * sees the same, whatever its environment.
 */
export async function readSigns(
  store: StoreContext,
  organization: string,
  windowMs: number,
  known: Incident | undefined,
): Promise<Signs> {
  const at = store.clock.now();
  const window = isoTime(at - windowMs);
  const since = known?.endedAt && known.endedAt > window ? known.endedAt : window;
  const counts = await pushCounts(store, organization, since);
  const groups = await waitingGroups(store, organization);
  const held: Signs['held'] = {};
  for (const { hold_reason, n } of await countLeads(store, organization)) if (hold_reason) held[hold_reason] = n;
  const keyId = await latestKey(store, organization);
  const stops = keyId === undefined ? [] : await listUnliftedStops(store, keyId);
  const waitingFor = new Set(groups.map(({ campaign_id }) => campaign_id));
  const missing = new Set(
    await campaignsHeldFor(
      store,
      organization,
      stops.map((stop) => stop.campaignId),
    ),
  );
  const holds = ({ campaignId }: Stop) =>
    campaignId === '' ? groups.length > 0 : waitingFor.has(campaignId) || missing.has(campaignId);
  const stands = known?.endedAt === null;
  const from = stands ? isoTime(Date.parse(known.beganAt) - windowMs) : window;
  const unproven = await unprovenCampaigns(store, organization, from);
  return {
    at,
    proven: counts.reduce((sum, count) => sum + count.proven, 0),
    failed: counts.reduce((sum, count) => sum + count.failed, 0),
    held,
    waiting: groups.reduce((sum, { n }) => sum + n, 0) + (held.campaign_not_found ?? 0),
    stops: stops.filter((stop) => !isShortPause(stop) && holds(stop)),
    unsettled: unproven.some((campaign) => waitingFor.has(campaign)),
  };
}

/** Smartlead's own words are left out: they may name a lead. */
function stopWords({ campaignId, reason }: Stop): string {
  return campaignId === '' ? STOP_TEXT[reason] : `campaign ${campaignId}: ${STOP_TEXT[reason]}`;
}

/** Too many pushes failed, and leads whose push failed still wait. */
function failureWords({ proven, failed, held }: Signs, alerts: Alerts): string | undefined {
  const pushes = proven + failed;
  const enough = pushes >= FEWEST_PUSHES || (proven === 0 && pushes >= FEWEST_IF_ALL_FAILED);
  const still = (held.push_failed ?? 0) + (held.unknown ?? 0) > 0;
  if (!enough || !still || failed / pushes <= alerts.failureRate) return undefined;
  const count = `${failed.toLocaleString('en')} of ${counted(pushes, 'push', 'pushes')}`;
  return `${count} failed within ${prettyMs(alerts.windowMs)}`;
}

type Alerts = Pick<NonNullable<OrganizationConfig['alerts']>, 'failureRate' | 'windowMs'>;

/** What is wrong, in sentences without a lead's address; empty when nothing is. Leads given up are left out. Pure. */
export function troublesOf(signs: Signs, alerts: Alerts): string[] {
  const troubles = signs.stops.map(stopWords);
  const stopped = (reason: Stop['reason']) => signs.stops.some((stop) => stop.reason === reason);
  if ((signs.held.auth ?? 0) > 0 && !stopped('auth')) troubles.push("Smartlead's key is missing or refused");
  if ((signs.held.credit_limit ?? 0) > 0 && !stopped('credit_limit')) troubles.push(STOP_TEXT.credit_limit);
  const failures = failureWords(signs, alerts);
  return failures === undefined ? troubles : [...troubles, failures];
}
