import type { HoldReason } from '../lead.js';
import { heldLeads, putInLine } from '../store/leads/held-leads.js';
import type { StoredLead } from '../store/leads/lead-rows.js';
import { takeUpLeads } from '../store/leads/leads.js';
import { leftBehind } from '../store/leads/service-leads.js';
import type { Run } from '../store/log/runs.js';
import { recoverAttempts } from '../store/queue/settling.js';
import type { Stop } from '../store/queue/stops.js';
import { takeUp } from './retry-held.js';
import type { RunContext } from './run-context.js';

/** What a service takes up again, besides the leads that come to it. */
type Resuming = Pick<RunContext, 'store' | 'clock' | 'config' | 'decider'>;

/** So few at a time that posts get their turn soon: 1,000 hold the store for some 50 ms. */
const PAGE = 200;

async function takeUpAll(context: Resuming, run: Run, leads: readonly StoredLead[]): Promise<void> {
  await takeUpLeads(context.store, run, leads, (known, suppressedFor) => takeUp(known, suppressedFor, context, run.id));
  // the store works synchronously, and posts must not wait until all pages are through
  await new Promise<void>((resolve) => setImmediate(resolve));
}

/** Leads whose process is gone, and due leads whose run is over, are pushed by this run from now on. Gives how many. */
export async function adoptLeads(context: Resuming, run: Run): Promise<number> {
  await recoverAttempts(context.store);
  for (let adopted = 0; ; ) {
    const leads = await leftBehind(context.store, run, PAGE);
    if (leads.length > 0) await takeUpAll(context, run, leads);
    adopted += leads.length;
    if (leads.length < PAGE) return adopted;
  }
}

function held(context: Resuming, reason: HoldReason, campaignId: string | undefined, after: number, limit: number) {
  const filter = { reason, onlyDue: false, ...(campaignId === undefined ? {} : { campaignId }) };
  return heldLeads(context.store, context.config.organization, filter, after, limit);
}

/** Takes leads up that were held for a stop that stands no longer: somebody lifted it, or a request got through. */
export async function releaseLeads(context: Resuming, run: Run, stops: readonly Stop[]): Promise<void> {
  const keyStopped = stops.some(({ reason }) => reason === 'auth');
  const stopped = new Set(stops.map(({ campaignId }) => campaignId));
  for (const reason of keyStopped ? (['campaign_not_found'] as const) : (['auth', 'campaign_not_found'] as const)) {
    let after = 0;
    for (;;) {
      const page = await held(context, reason, undefined, after, PAGE);
      const free = page.filter(({ assigned_campaign_id: campaign }) => !stopped.has(campaign ?? ''));
      if (free.length > 0) await takeUpAll(context, run, free);
      if (page.length < PAGE) break;
      after = page.at(-1)?.seq ?? 0;
    }
  }
}

/**
 * Puts one lead in line for each stop: whether it goes through shows whether the stop is over. Its state stays as it is:
 * a probe is no new push.
 */
export async function probeStops(context: Resuming, run: Run, stops: readonly Stop[]): Promise<void> {
  for (const stop of stops) {
    const reason = stop.reason === 'request_at_fault' ? 'push_failed' : stop.reason;
    if (reason !== 'auth' && reason !== 'campaign_not_found' && reason !== 'push_failed') continue;
    const campaign = stop.campaignId === '' ? undefined : stop.campaignId;
    await putInLine(context.store, run, await held(context, reason, campaign, 0, 1));
  }
}
