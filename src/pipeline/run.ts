import { isoTime } from '../clock.js';
import { Breaker } from '../delivery/breaker.js';
import { type Delivery, deliver } from '../delivery/deliver.js';
import { Nudge } from '../delivery/nudge.js';
import { DrasonError } from '../errors.js';
import { LACKS_NOTHING, NoRuleCount } from '../routing/near-miss.js';
import { bindTarget } from '../store/engine/target.js';
import { erasedSince } from '../store/leads/erased.js';
import { countLeftForSigns, waitingLeads } from '../store/leads/held-leads.js';
import { countRunLeads, endRun, type Run, startRun } from '../store/log/runs.js';
import { holdForKey, recoverAttempts } from '../store/queue/settling.js';
import { saveRuleSet } from '../store/settings/rule-sets.js';
import { counted } from '../text/wording.js';
import { staysHeld } from './lift-words.js';
import { problemsOf } from './problems.js';
import { pushSettingsOf } from './push-settings.js';
import { redecider } from './redecide.js';
import { signProblems } from './review-text.js';
import type { Progress, RunContext, TakeUp, TakeUpEnd } from './run-context.js';
import { countOutcomes, exitCodeOf, type RunSummary, sumOf } from './summary.js';

/** A moment for timers and sockets: the store works synchronously, and pushing must not wait for the input's end. */
const breathe = () => new Promise<void>((resolve) => setImmediate(resolve));

function startDelivery(
  context: RunContext,
  run: Run,
  progress: Progress,
  state: { reading: boolean },
  arrivals: Nudge,
  failing: AbortSignal,
) {
  const { smartlead } = context;
  if (!context.push || typeof smartlead === 'string') return undefined;
  const delivery: Delivery = {
    store: context.store,
    client: smartlead.client,
    clock: context.clock,
    run,
    keyId: smartlead.keyId,
    pushSettings: () => pushSettingsOf(context.store, context.config),
    askForLeadIds: true,
    breaker: new Breaker(),
    redecide: redecider(context.decider, context.clock, run.id),
    onRequest: () => {
      progress.requests++;
    },
    random: Math.random,
    maxWaitMs: context.maxWaitMs,
    stopping: AbortSignal.any([context.stopping, failing]),
    arrivals,
    reading: () => state.reading,
    tries: () => true,
    report: {
      ...context.report,
      settled(claim, settlement) {
        const done = settlement.leads.filter(
          ({ state }) => state.hold_reason !== 'queued' && state.push_group === null,
        );
        progress.settled += done.length;
        context.report.settled(claim, settlement);
        context.report.progress(progress);
      },
    },
  };
  return deliver(delivery);
}

/** Leads that a retry left held, because the rules file does not say what a column of their rows means. */
function signsLeftAlone(left: number): string[] {
  if (left === 0) return [];
  return [
    `${counted(left, 'more lead')} held for review by a stop sign that fields: does not name; drason leads --reason review lists them`,
  ];
}

/** HELD leads whose time has not come yet, by reason. */
async function waitingFor({ store, clock, config }: RunContext): Promise<RunSummary['waiting']> {
  const now = isoTime(clock.now());
  const held = await waitingLeads(store, config.organization, now);
  return Object.fromEntries(held.map(({ hold_reason, n, first }) => [hold_reason, { leads: n, first }]));
}

/**
 * One run: takes leads up while what is due is pushed, then waits for the push to end, and counts. The summary is kept
 * with the run. Throws when the sums differ (an internal error) and whatever `takeUp` throws.
 */
export async function runPipeline(
  context: RunContext,
  command: Run['command'],
  inputs: unknown,
  takeUp: TakeUp,
): Promise<RunSummary> {
  const { store, config, clock } = context;
  const began = clock.steady();
  if (context.push && typeof context.smartlead !== 'string') await bindTarget(store, context.smartlead.target);
  const run = await startRun(store, config.organization, command, inputs);
  await saveRuleSet(store, config.organization, context.decider.rules.hash, context.decider.rules.rules);
  const progress: Progress = {
    rows: 0,
    duplicate: 0,
    passedOver: { belowTable: 0, furtherContacts: 0 },
    rejected: 0,
    erased: 0,
    illFormedAgain: 0,
    health: { green: 0, yellow: 0, red: 0 },
    elsewhere: {},
    noRule: new NoRuleCount(),
    lacking: LACKS_NOTHING,
    signs: new Map(),
    toPush: 0,
    settled: 0,
    requests: 0,
  };
  // What a process that is gone had in flight is to be taken up with the rest, not found when that is over.
  await recoverAttempts(store);
  const state = { reading: true };
  const arrivals = new Nudge();
  const failing = new AbortController();
  const delivering = startDelivery(context, run, progress, state, arrivals, failing.signal);
  delivering?.catch(() => undefined);
  let taken: TakeUpEnd;
  try {
    taken = await takeUp(run, progress, async () => {
      arrivals.ring();
      context.report.progress(progress);
      await breathe();
    });
  } catch (error) {
    // What is in flight is settled before the store closes; an error there would only repeat this one.
    failing.abort();
    await delivering?.catch(() => undefined);
    throw error;
  } finally {
    state.reading = false;
    arrivals.ring();
  }
  const { broken, unread } = taken;
  const end = await delivering;

  let keyProblem: string | undefined;
  if (context.push && (typeof context.smartlead === 'string' || end?.stoppedBy?.reason === 'auth')) {
    const message = typeof context.smartlead === 'string' ? context.smartlead : (end?.stoppedBy?.message ?? '');
    const held = await holdForKey(store, run, message);
    if (held > 0 || end) keyProblem = message;
  }
  const states = await countRunLeads(store, run);
  // A person who was erased while the run was at work counts in it like one who had been erased before.
  const gone = progress.rows - sumOf(countOutcomes(states, progress).outcomes);
  if (gone > 0 && gone <= (await erasedSince(store, config.organization, run.startedAt))) progress.erased += gone;
  const counts = countOutcomes(states, progress);
  if (context.push && (counts.held_reasons.auth ?? 0) > 0) keyProblem ??= 'another process met the refusal';
  const unreachable = end?.unreachable !== undefined || end?.limitWaitMs !== undefined || end?.stoppedBy !== undefined;
  const leftForReview = command === 'retry' ? await countLeftForSigns(store, config.organization, run) : 0;
  const summary: RunSummary = {
    schema: 1,
    command,
    run_id: run.id,
    organization: config.organization,
    dry_run: context.dryRun,
    sandbox: context.sandbox,
    read_to_end: unread ? unread.length === 0 : null,
    rows: progress.rows,
    below_table: progress.passedOver.belowTable,
    further_contacts: progress.passedOver.furtherContacts,
    health: progress.health,
    ...counts,
    elsewhere: progress.elsewhere,
    no_rule: progress.noRule.toNoRule(context.decider.rules, progress.lacking),
    review_signs: Object.fromEntries([...progress.signs.values()].map(({ column, leads }) => [column, leads])),
    waiting: command === 'retry' ? await waitingFor(context) : {},
    left_for_review: leftForReview,
    stays_held: command === 'retry' ? await staysHeld(context) : {},
    requests: progress.requests,
    duration_ms: Math.round(clock.steady() - began),
    exit_code: exitCodeOf(counts, {
      signal: context.signal(),
      keyRefused: keyProblem !== undefined,
      unreachable,
      brokenInput: broken !== undefined,
    }),
    problems: [
      ...(await problemsOf(context, end, { keyProblem, broken, campaigns: counts.campaigns })),
      ...signProblems(progress.signs),
      ...signsLeftAlone(leftForReview),
    ],
  };
  if (sumOf(summary.outcomes) !== summary.rows) {
    throw new DrasonError(
      1,
      `internal error: ${counted(summary.rows, 'row')}, but ${counted(sumOf(summary.outcomes), 'outcome')} in run ${run.id}`,
      'Please report this with the output of drason --version. Your leads are in the database.',
    );
  }
  await endRun(store, run, summary.exit_code, summary);
  return summary;
}
