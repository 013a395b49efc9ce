import type { OpenInput } from '../intake/read-leads.js';
import { InputBroken } from '../intake/read-leads.js';
import type { RejectsWriter } from '../intake/rejects.js';
import type { IntakeRow, LeadRow, RejectedRow } from '../intake/rows.js';
import type { StoreContext } from '../store/engine/context.js';
import { copyKnown } from '../store/leads/copy-known.js';
import { saveLeads } from '../store/leads/leads.js';
import { noteUnread, type Run } from '../store/log/runs.js';
import { lackingIn } from './lead-files.js';
import { runPipeline } from './run.js';
import { countHealth, countSigns, type Progress, type RunContext } from './run-context.js';
import type { RunSummary } from './summary.js';
import { type Arrival, type TakeInOptions, type TakenIn, takeIn } from './take-in.js';
import { addressFault, namesErased, withoutErased } from './to-correct.js';

/** A row with what became of it. */
export interface Decided {
  line: number;
  taken: TakenIn;
}

/** A row of a file with what became of it: a lead that was decided, one that came earlier in this run, or none. */
export interface ReportedRow {
  file: string;
  line: number;
  became: TakenIn | { duplicate: string } | { illFormed: string; reason: string } | { rejected: string } | 'erased';
}

/** What an ingest is given besides what every run is. */
export interface Ingest {
  inputs: readonly OpenInput[];
  again: boolean;
  onExisting: TakeInOptions['onExisting'];
  rejects: RejectsWriter | undefined;
  /** In a dry run: the real store, opened for reading, that known leads are copied from. */
  knownIn: StoreContext | undefined;
  /** Whether a dry run stands for one that pushes. */
  wouldPush: boolean;
  onRejected: (file: string, row: RejectedRow) => void;
  /** Told of every row whose address came earlier in this run; `fault`: it is ill-formed, and the row blocked like the first. */
  onDuplicate: (file: string, row: LeadRow, fault: string | undefined) => void;
  /** Told of every batch that was decided. */
  onDecided: ((decided: readonly Decided[]) => Promise<void>) | undefined;
  /** Told of every row of every file, in the order of the rows. */
  onRows?: ((rows: readonly ReportedRow[]) => Promise<void>) | undefined;
}

/** What became of a row that is a lead. */
type Became = TakenIn | 'duplicate' | 'erased';

function countTaken(progress: Progress, taken: readonly Became[]): void {
  for (const one of taken) {
    if (one === 'erased') progress.erased++;
    if (typeof one === 'string') continue;
    countHealth(progress, one.decision.health.classification);
    if (one.state.hold_reason === 'no_route') progress.noRule.addLead(one.lead);
    if (one.state.hold_reason === 'review' && one.lead.review) countSigns(progress, one.lead.review);
    if (one.elsewhere !== undefined) progress.elsewhere[one.elsewhere] = (progress.elsewhere[one.elsewhere] ?? 0) + 1;
    if (one.pushedByThisRun && one.state.next_attempt_at !== null) progress.toPush++;
  }
}

async function takeBatch(
  context: RunContext,
  ingest: Ingest,
  run: Run,
  file: string,
  rows: readonly LeadRow[],
): Promise<Became[]> {
  const { store, config } = context;
  if (ingest.knownIn) {
    const emails = rows.map(({ lead }) => lead.email);
    await copyKnown(ingest.knownIn, store, config.organization, emails);
  }
  const options: TakeInOptions = {
    decider: context.decider,
    runId: run.id,
    now: context.clock.now(),
    push: context.push || (context.dryRun && ingest.wouldPush),
    again: ingest.again,
    onExisting: ingest.onExisting,
  };
  const arrivals = rows.map(({ lead, line }) => ({ lead, line, file }));
  return saveLeads(store, run, arrivals, (known, arrival: Arrival, suppressedFor, repeated) =>
    takeIn(known, arrival, suppressedFor, options, repeated),
  );
}

/**
 * The whole way of lead files: each row is read, decided, stored and, while the rest is still being read, pushed.
 * A bad row costs itself. An input that breaks off midway costs what came after.
 */
export async function ingestLeads(context: RunContext, ingest: Ingest): Promise<RunSummary> {
  const names = ingest.inputs.map(({ plan }) => plan.name);
  return runPipeline(context, 'ingest', names, async (run, progress, stored) => {
    progress.lacking = lackingIn(ingest.inputs);
    const unread = [...names];
    await noteUnread(context.store, run, unread);
    for (const input of ingest.inputs) {
      // An input that is being waited for, such as a pipe, must not keep a run that is to stop.
      const letGo = () => void input.close();
      context.stopping.addEventListener('abort', letGo);
      try {
        for await (const batch of input.rows()) {
          if (context.stopping.aborted) return { unread };
          await takeRows(context, ingest, run, input.plan.name, batch, progress);
          await stored();
        }
        const { belowTable, furtherContacts } = input.passedOver();
        progress.passedOver.belowTable += belowTable;
        progress.passedOver.furtherContacts += furtherContacts;
      } catch (error) {
        if (error instanceof InputBroken)
          return { unread, ...(context.stopping.aborted ? {} : { broken: error.message }) };
        throw error;
      } finally {
        context.stopping.removeEventListener('abort', letGo);
        await input.close();
      }
      // Let go of, an input may end early and say nothing.
      if (context.stopping.aborted) return { unread };
      unread.shift();
      await noteUnread(context.store, run, unread);
    }
    return { unread };
  });
}

/**
 * Counts what became of a lead's row, and says what is to be corrected in it. A text that is no address makes nobody a
 * duplicate: a second row that has it is blocked like the first.
 */
function settleRow(
  context: RunContext,
  ingest: Ingest,
  progress: Progress,
  file: string,
  row: LeadRow,
  became: Became,
) {
  if (became === 'erased') return undefined;
  if (became !== 'duplicate') return addressFault(became.decision.health);
  const health = context.decider.gate(row.lead);
  const fault = addressFault(health);
  if (fault === undefined) {
    progress.duplicate++;
  } else {
    progress.illFormedAgain++;
    countHealth(progress, health.classification);
  }
  ingest.onDuplicate(file, row, fault);
  return fault;
}

async function takeRows(
  context: RunContext,
  ingest: Ingest,
  run: Run,
  file: string,
  batch: readonly IntakeRow[],
  progress: Progress,
): Promise<void> {
  const real = ingest.knownIn ?? context.store;
  const { organization } = context.config;
  const given = batch.filter((row) => row.kind === 'lead');
  const leads = await withoutErased(real, organization, given);
  const taken = await takeBatch(context, ingest, run, file, leads);
  progress.rows += batch.length;
  progress.erased += given.length - leads.length;
  countTaken(progress, taken);
  const faults = new Map<IntakeRow, string>();
  for (const [index, row] of leads.entries()) {
    const fault = settleRow(context, ingest, progress, file, row, taken[index] ?? 'erased');
    if (fault !== undefined) faults.set(row, fault);
  }
  await ingest.onDecided?.(
    taken.flatMap((one, index) => (typeof one === 'string' ? [] : [{ line: leads[index]?.line ?? 0, taken: one }])),
  );
  const places = new Map<IntakeRow, number>(leads.map((row, index) => [row, index]));
  const reported: ReportedRow[] = [];
  for (const row of batch) {
    const reason = row.kind === 'rejected' ? row.reason : faults.get(row);
    const erased = reason !== undefined && (await namesErased(real, organization, row.raw));
    const became = erased ? 'erased' : taken[places.get(row) ?? -1];
    if (ingest.onRows) reported.push({ file, line: row.line, became: reportedAs(row, became, reason) });
    if (reason === undefined) continue;
    if (row.kind === 'rejected') {
      progress[erased ? 'erased' : 'rejected']++;
      if (!erased) ingest.onRejected(file, row);
    }
    if (!erased) await ingest.rejects?.write({ line: row.line, reason, raw: row.raw });
  }
  await ingest.onRows?.(reported);
}

/** What a report says of a row. A row that is neither rejected nor among the leads is that of an erased person. */
function reportedAs(row: IntakeRow, became: Became | undefined, reason: string | undefined): ReportedRow['became'] {
  if (became === 'erased') return became;
  if (row.kind === 'rejected') return { rejected: row.reason };
  if (became === undefined) return 'erased';
  if (became !== 'duplicate') return became;
  return reason === undefined ? { duplicate: row.lead.email } : { illFormed: row.lead.email, reason };
}
