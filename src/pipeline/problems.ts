import { isoTime } from '../clock.js';
import type { DeliveryEnd } from '../delivery/deliver.js';
import { CREDITS_GONE } from '../delivery/settle.js';
import { listStops, type Stop } from '../store/queue/stops.js';
import type { RunContext } from './run-context.js';
import type { RunSummary } from './summary.js';

/** What a stop is about, as a sentence about Smartlead, or about the campaign. */
export const STOP_TEXT = {
  rate_limit: 'Smartlead asked for a pause',
  unreachable: 'Smartlead cannot be reached',
  auth: 'Smartlead refused the key',
  cdn_block: 'the CDN in front of Smartlead blocks this machine (the key itself was not judged)',
  redirect: "what answered is not Smartlead's API, so smartlead.base_url is probably wrong",
  credit_limit: CREDITS_GONE,
  campaign_not_found: 'Smartlead does not know it',
  request_at_fault: 'Smartlead refuses every lead of it for the same reason',
} as const;

function keySentence(context: RunContext, problem: string): string {
  const { smartlead } = context;
  return typeof smartlead === 'string'
    ? problem
    : `Smartlead refused the key (key from ${smartlead.key.from}): ${problem}`;
}

function stopSentence(stop: Stop): string {
  const until = stop.until === null ? '' : `; it can go on at ${stop.until}`;
  const what = STOP_TEXT[stop.reason];
  return `${stop.message === what ? what : `${what}: ${stop.message}`}${until}`;
}

/** Stopped campaigns that hold leads of this run back. */
async function campaignSentences(context: RunContext, campaigns: RunSummary['campaigns']): Promise<string[]> {
  if (!context.push || typeof context.smartlead === 'string') return [];
  const stops = await listStops(context.store, context.smartlead.keyId);
  return stops
    .filter((stop) => (campaigns[stop.campaignId]?.held ?? 0) > 0)
    .map((stop) => `campaign ${stop.campaignId}: ${STOP_TEXT[stop.reason]} (${stop.message})`);
}

/** What ended or hindered a run, in sentences. */
export async function problemsOf(
  context: RunContext,
  end: DeliveryEnd | undefined,
  found: { keyProblem: string | undefined; broken: string | undefined; campaigns: RunSummary['campaigns'] },
): Promise<string[]> {
  const problems: string[] = [];
  if (found.broken !== undefined) problems.push(found.broken);
  if (found.keyProblem !== undefined) problems.push(keySentence(context, found.keyProblem));
  const stop = end?.stoppedBy;
  if (stop && stop.reason !== 'auth') problems.push(stopSentence(stop));
  else if (end?.unreachable !== undefined) problems.push(`Smartlead cannot be reached: ${end.unreachable}`);
  if (end?.limitWaitMs !== undefined) {
    const at = isoTime(context.clock.now() + end.limitWaitMs);
    problems.push(`the request limit is used up; it can go on at ${at}`);
  }
  return [...problems, ...(await campaignSentences(context, found.campaigns))];
}
