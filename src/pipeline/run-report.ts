/** `ingest --report`: what became of every row of the files, in their order. */
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { finished } from 'node:stream/promises';
import { z } from 'zod';
import type { Output } from '../output-file.js';
import { outputWriter } from '../output-writer.js';
import type { Lacking } from '../routing/near-miss.js';
import { describeRule } from '../routing/rule.js';
import type { StoreContext } from '../store/engine/context.js';
import { leadsByAddress } from '../store/leads/lead-list.js';
import { campaignNames } from '../store/rosters/campaigns.js';
import { type Column, exportWriter, type Row } from '../table/rows.js';
import { HOLD_TEXT } from '../text/hold-reasons.js';
import type { Decider } from './decide.js';
import { reasonFor } from './explain.js';
import type { ReportedRow } from './ingest-leads.js';
import { outcomeOf } from './summary.js';

const COLUMNS: readonly Column[] = [
  'file',
  'line',
  'email',
  'outcome',
  'hold_reason',
  'campaign_id',
  'campaign',
  'rule',
  'why',
  'lead_id',
].map((name) => ({ name, heading: name }));

/** What is known of a row when it was taken in. Without `outcome` the lead's state at the end of the run says it. */
const noteSchema = z.object({
  file: z.string(),
  line: z.number(),
  email: z.string().nullable(),
  outcome: z.enum(['blocked', 'duplicate', 'rejected']).optional(),
  was_active: z.boolean().optional(),
  rule: z.string().optional(),
  why: z.string().nullable(),
});
type Note = z.infer<typeof noteSchema>;

/** Rows are looked up and written so many at a time. */
const AT_ONCE = 500;

function noteOf({ file, line, became }: ReportedRow, decider: Decider, lacking: Lacking): Note {
  if (became === 'erased') return { file, line, email: null, outcome: 'blocked', why: null };
  if ('rejected' in became) return { file, line, email: null, outcome: 'rejected', why: became.rejected };
  if ('duplicate' in became)
    return { file, line, email: became.duplicate, outcome: 'duplicate', why: 'it came earlier in this run' };
  if ('illFormed' in became) return { file, line, email: became.illFormed, outcome: 'blocked', why: became.reason };
  const { lead, decision, alreadyActive } = became;
  const rule = decision.rule ? { rule: describeRule(decision.rule) } : {};
  return {
    file,
    line,
    email: lead.email,
    was_active: alreadyActive,
    ...rule,
    why: reasonFor(lead, decision, decider, lacking),
  };
}

/** Makes the rows of a report from notes, by the leads as they stand now. */
async function rowsOf(notes: readonly Note[], about: FinishedRun, names: ReadonlyMap<string, string>): Promise<Row[]> {
  const waiting = notes.flatMap(({ email, outcome }) => (email !== null && outcome === undefined ? [email] : []));
  const leads = await leadsByAddress(about.store, about.organization, waiting);
  return notes.map(({ file, line, email, outcome, was_active, rule = null, why }) => {
    if (outcome !== undefined) return { file, line, email, outcome, why };
    const lead = leads.get(email ?? '');
    // The person was erased while the run was at work.
    if (!lead) return { file, line, outcome: 'blocked' };
    const { status, hold_reason, assigned_campaign_id: campaign, last_error } = lead;
    const became = outcomeOf({ status, hold_reason, already_active: was_active ? 1 : 0 });
    const held = hold_reason === null || hold_reason === 'no_route' ? why : (last_error ?? HOLD_TEXT[hold_reason]);
    return {
      file,
      line,
      email,
      outcome: became,
      hold_reason,
      campaign_id: campaign,
      campaign: names.get(campaign ?? '') ?? null,
      rule: status === 'BLOCKED' ? null : rule,
      why: status === 'HELD' ? held : why,
      lead_id: about.dryRun ? null : lead.id,
    };
  });
}

/** The run that a report is about, when it has ended. */
interface FinishedRun {
  store: StoreContext;
  organization: string;
  dryRun: boolean;
}

/** What is written while a run goes and finished when it has ended. */
export type RunReport = Awaited<ReturnType<typeof createRunReport>>;

/**
 * Prepares a report: CSV, or NDJSON where the file is called so. The rows are noted in a folder of their own, which only
 * this user may read, until the run has ended and says what became of each.
 */
export async function createRunReport(output: Output, decider: Decider, lacking: Lacking) {
  const folder = await mkdtemp(join(tmpdir(), 'drason-'));
  const spool = join(folder, 'rows');
  const notes = createWriteStream(spool, { mode: 0o600 });
  let failure: Error | undefined;
  notes.on('error', (error) => {
    failure = error;
  });
  const writer = outputWriter(output, 'the report');
  const format = exportWriter(/\.(?:ndjson|jsonl)$/i.test(output.file) ? 'ndjson' : 'csv', COLUMNS);

  return {
    async note(rows: readonly ReportedRow[]): Promise<void> {
      const text = rows.map((row) => `${JSON.stringify(noteOf(row, decider, lacking))}\n`).join('');
      if (text === '') return;
      await new Promise<void>((resolve, reject) => {
        notes.write(text, (error) => (error ? reject(error) : resolve()));
      });
    },
    /** Writes the report and puts it into place. */
    async finish(run: FinishedRun): Promise<void> {
      notes.end();
      await finished(notes);
      if (failure) throw failure;
      const names = await campaignNames(run.store, run.organization);
      await writer.write(format.head);
      const part: Note[] = [];
      const flush = async () => writer.write(format.part(await rowsOf(part.splice(0), run, names)));
      for await (const line of createInterface({ input: createReadStream(spool) })) {
        if (part.push(noteSchema.parse(JSON.parse(line))) >= AT_ONCE) await flush();
      }
      await flush();
      await writer.close();
    },
    /** Leaves nothing behind but a finished report. */
    async discard(): Promise<void> {
      notes.destroy();
      await writer.discard();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
