import { canonicalAddress } from '../address.js';
import type { OpenInput } from '../intake/read-leads.js';
import { InputBroken } from '../intake/read-leads.js';
import type { RejectsWriter } from '../intake/rejects.js';
import type { IntakeRow, LeadRow, RejectedRow } from '../intake/rows.js';
import type { StoreContext } from '../store/context.js';
import { copyKnown } from '../store/copy-known.js';
import { erasedAmong } from '../store/erased.js';
import { saveLeads } from '../store/leads.js';
import type { Run } from '../store/runs.js';
import { runPipeline } from './run.js';
import { countHealth, countSigns, type Progress, type RunContext } from './run-context.js';
import type { RunSummary } from './summary.js';
import { type Arrival, type TakeInOptions, type TakenIn, takeIn } from './take-in.js';

/** A row with what became of it. */
export interface Decided {
  line: number;
  taken: TakenIn;
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
  /** Told of every row whose address came earlier in this run. */
  onDuplicate: (file: string, row: LeadRow) => void;
  /** Told of every batch that was decided. */
  onDecided: ((decided: readonly Decided[]) => Promise<void>) | undefined;
}

/** What became of a row that is a lead. */
type Became = TakenIn | 'duplicate' | 'erased';

function countTaken(progress: Progress, taken: readonly Became[]): void {
  for (const one of taken) {
    if (typeof one === 'string') {
      progress[one]++;
      continue;
    }
    countHealth(progress, one.decision.health.classification);
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
  return saveLeads(store, run, arrivals, (known, arrival: Arrival, suppressedFor) =>
    takeIn(known, arrival, suppressedFor, options),
  );
}

/**
 * The whole way of lead files: each row is read, decided, stored and, while the rest is still being read, pushed.
 * A bad row costs itself. An input that breaks off midway costs what came after.
 */
export async function ingestLeads(context: RunContext, ingest: Ingest): Promise<RunSummary> {
  const names = ingest.inputs.map(({ plan }) => plan.name);
  return runPipeline(context, 'ingest', names, async (run, progress, stored) => {
    for (const input of ingest.inputs) {
      // An input that is being waited for, such as a pipe, must not keep a run that is to stop.
      const letGo = () => void input.close();
      context.stopping.addEventListener('abort', letGo);
      try {
        for await (const batch of input.rows()) {
          if (context.stopping.aborted) return {};
          await takeRows(context, ingest, run, input.plan.name, batch, progress);
          await stored();
        }
      } catch (error) {
        if (error instanceof InputBroken) return context.stopping.aborted ? {} : { broken: error.message };
        throw error;
      } finally {
        context.stopping.removeEventListener('abort', letGo);
        await input.close();
      }
    }
    return {};
  });
}

/** Whether a row that cannot be read holds the address of a person who was erased: it must not be repeated anywhere. */
async function isOfErased(store: StoreContext, organization: string, { raw }: RejectedRow): Promise<boolean> {
  const text = 'text' in raw ? raw.text : JSON.stringify('cells' in raw ? raw.cells : raw.object);
  const addresses = (text.match(ADDRESSES) ?? []).map(canonicalAddress);
  return (await erasedAmong(store, organization, addresses)).size > 0;
}

const ADDRESSES = /[^\s"'<>(),;:\\]+@[^\s"'<>(),;:\\]+/g;

async function takeRows(
  context: RunContext,
  ingest: Ingest,
  run: Run,
  file: string,
  batch: readonly IntakeRow[],
  progress: Progress,
): Promise<void> {
  const leads = batch.filter((row) => row.kind === 'lead');
  const taken = await takeBatch(context, ingest, run, file, leads);
  progress.rows += batch.length;
  countTaken(progress, taken);
  for (const [index, row] of leads.entries()) if (taken[index] === 'duplicate') ingest.onDuplicate(file, row);
  await ingest.onDecided?.(
    taken.flatMap((one, index) => (typeof one === 'string' ? [] : [{ line: leads[index]?.line ?? 0, taken: one }])),
  );
  for (const row of batch) {
    if (row.kind === 'lead') continue;
    if (await isOfErased(ingest.knownIn ?? context.store, context.config.organization, row)) {
      progress.erased++;
      continue;
    }
    progress.rejected++;
    ingest.onRejected(file, row);
    await ingest.rejects?.write(row);
  }
}
