import { isoTime } from '../clock.js';
import { HOLDS, holdReasonsWith } from '../holds.js';
import { SIGN_FIELDS } from '../intake/stop-signs/sign-fields.js';
import { HOLD_REASONS, type HoldReason } from '../lead.js';
import { type HeldFilter, heldLeads } from '../store/leads/held-leads.js';
import type { StoredLead } from '../store/leads/lead-rows.js';
import { type KnownLead, type TakenUp, takeUpLeads } from '../store/leads/leads.js';
import type { AuditEntry } from '../store/log/audit.js';
import { decide } from './decide.js';
import { withSignsReread } from './reread-signs.js';
import { runPipeline } from './run.js';
import { countHealth, countSigns, type RunContext } from './run-context.js';
import type { RunSummary } from './summary.js';
import { actionOf, alreadyIn, decisionDetails, freshState, ruleOf, stateOf } from './take-in.js';

/** Which HELD leads a retry takes up. */
export interface RetryFilter {
  reason: HoldReason | undefined;
  runId: string | undefined;
  campaignId: string | undefined;
  /** Only leads with one of these addresses. */
  emails: readonly string[] | undefined;
  /** Whatever they are held for: somebody has picked these very leads. */
  anyReason: boolean;
  includeRefused: boolean;
  /** Whatever the waiting time says. */
  now: boolean;
  limit: number | undefined;
}

/** The reasons a retry with these flags looks at. */
export function reasonsOf(
  filter: Pick<RetryFilter, 'reason' | 'runId' | 'includeRefused' | 'anyReason'>,
): HoldReason[] {
  if (filter.anyReason) return [...HOLD_REASONS];
  if (filter.reason === 'refused') return filter.includeRefused ? ['refused'] : [];
  if (filter.reason !== undefined) return [filter.reason];
  return holdReasonsWith(
    ({ retriedBy }) =>
      retriedBy === 'any' ||
      (retriedBy === 'run' && filter.runId !== undefined) ||
      (retriedBy === 'include_refused' && filter.includeRefused),
  );
}

/**
 * What a retry does to one HELD lead: `unknown` ones stay as they are until they are settled, all others are decided by
 * today's gate, rules and `fields:`. `releasesReview`: a lead that waits for a person (`--no-push`) may be sent. Pure.
 */
export function takeUp(
  known: KnownLead,
  suppressedFor: string | undefined,
  { decider, clock, config }: Pick<RunContext, 'decider' | 'clock' | 'config'>,
  runId: string,
  releasesReview = true,
): TakenUp {
  const now = clock.now();
  if (known.hold_reason === 'unknown') {
    return { state: { ...stateOf(known), next_attempt_at: isoTime(now) }, audits: [] };
  }
  const lead = withSignsReread(known, config.signFields);
  const decision = decide(lead, suppressedFor, decider);
  let state = freshState(decision, true, now);
  const sameCampaign = state.assigned_campaign_id === known.assigned_campaign_id;
  const restarts = known.hold_reason !== null && HOLDS[known.hold_reason].restartsAttempts;
  if (sameCampaign && !restarts) state.push_attempts = known.push_attempts;
  if (sameCampaign && known.hold_reason === 'queued') state.push_group = known.push_group;
  if (decision.campaignId !== null && known.campaigns.includes(decision.campaignId)) state = alreadyIn(state);
  // Its stop sign is settled, and yet it was ingested with --no-push: only a retry that asks for it sends it.
  const waits = known.hold_reason === 'review' && known.push_run_seq === null && !releasesReview;
  if (waits && state.hold_reason === 'queued') state = { ...state, hold_reason: 'review', next_attempt_at: null };
  const moved = state.status !== known.status || state.hold_reason !== known.hold_reason || !sameCampaign;
  const details = { run: runId, was: known.hold_reason, ...decisionDetails(decision, decider) };
  const audit: AuditEntry = { trigger: 'retry', action: actionOf(decision), details };
  return {
    lead,
    state,
    audits: moved ? [audit] : [],
    takenBy: sameCampaign ? undefined : ruleOf(decision, decider),
    ...(lead.unsubscribed ? { suppress: 'unsubscribed' } : {}),
  };
}

/** Whether a retry that was not asked for `review` looks at stop signs: only where the rules file names any column. */
function readsSigns({ config }: RunContext, reasons: readonly HoldReason[]): boolean {
  return !reasons.includes('review') && SIGN_FIELDS.some((field) => config.signFields[field].length > 0);
}

/** Whether today's `fields:` settle every stop sign of a lead, or one of them for good. */
function isSettled(lead: StoredLead, { config }: RunContext): boolean {
  const reread = withSignsReread(lead, config.signFields);
  return reread !== lead && (reread.review?.length === 0 || reread.unsubscribed === true);
}

const PAGE = 1000;

/** Pages of the HELD leads that a retry looks at, reason by reason; `left` says how many more are wanted. */
async function* heldPages(context: RunContext, filter: RetryFilter, left: () => number): AsyncGenerator<StoredLead[]> {
  const { store, config } = context;
  const reasons = reasonsOf(filter);
  for (const reason of [...reasons, ...(readsSigns(context, reasons) ? (['review'] as const) : [])]) {
    const held: HeldFilter = {
      reason,
      onlySigns: !reasons.includes(reason),
      onlyDue: !filter.now && HOLDS[reason].hasWait,
      ...(filter.runId === undefined ? {} : { runId: filter.runId }),
      ...(filter.campaignId === undefined ? {} : { campaignId: filter.campaignId }),
      ...(filter.emails === undefined ? {} : { emails: filter.emails }),
    };
    let last: StoredLead | undefined;
    do {
      const limit = Math.min(PAGE, left());
      if (context.stopping.aborted || limit <= 0) return;
      const page = await heldLeads(store, config.organization, held, last?.seq ?? 0, limit);
      last = page.at(-1);
      // Signs that the rules file does not settle are left alone.
      const settled = held.onlySigns ? page.filter((lead) => isSettled(lead, context)) : page;
      if (settled.length > 0) yield settled;
    } while (last);
  }
}

/** Gives HELD leads another chance, by today's gate and rules, and pushes what they route. */
export async function retryHeld(context: RunContext, filter: RetryFilter): Promise<RunSummary> {
  return runPipeline(context, 'retry', filter, async (run, progress, stored) => {
    const releasesReview = reasonsOf(filter).includes('review');
    const left = () => (filter.limit ?? Number.POSITIVE_INFINITY) - progress.rows;
    for await (const page of heldPages(context, filter, left)) {
      // A lead that was taken up for one reason may be held for another by now: the store takes it up once a run.
      progress.rows += await takeUpLeads(context.store, run, page, (known, suppressedFor) => {
        const taken = takeUp(known, suppressedFor, context, run.id, releasesReview);
        if (taken.state.hold_reason === 'no_route') progress.noRule.addLead(taken.lead ?? known);
        if (taken.state.hold_reason === 'review') countSigns(progress, taken.lead?.review ?? []);
        countHealth(progress, taken.state.health_classification);
        if (taken.state.next_attempt_at !== null) progress.toPush++;
        return taken;
      });
      await stored();
    }
    return {};
  });
}
