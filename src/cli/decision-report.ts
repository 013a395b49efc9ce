/** What a dry run decided: a sample of it on the screen, or a row for each row of the files in a report. */
import { once } from 'node:events';
import { createWriteStream, statSync, type WriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import { TemporaryError, UsageError } from '../errors.js';
import { type Column, exportWriter, type Row } from '../monitor/rows.js';
import type { Decider, Decision } from '../pipeline/decide.js';
import { describeDecision, destinationOf, reasonFor } from '../pipeline/explain.js';
import type { Decided, ReportedRow } from '../pipeline/ingest-leads.js';
import type { Lacking } from '../routing/near-miss.js';
import { describeRule } from '../routing/rule.js';
import { number, printable } from '../wording.js';
import type { Terminal } from './terminal.js';

/** So many decisions are shown at first, then so many for each destination, up to so many in all. */
const [FIRST, FOR_EACH, MOST] = [20, 3, 60];

/** Prints decisions of a dry run as lines of data: all of a small file, a sample of a large one. */
export function decisionSample(terminal: Terminal, decider: Decider, lacking: Lacking) {
  const shownBy = new Map<string, number>();
  let [seen, shown] = [0, 0];
  const placeOf = (decision: Decision) => `${destinationOf(decision)} ${decision.hold_reason}`;
  return {
    async print(decided: readonly Decided[]): Promise<void> {
      const lines: string[] = [];
      for (const { line, taken } of decided) {
        seen++;
        const place = placeOf(taken.decision);
        const before = shownBy.get(place) ?? 0;
        if (shown >= MOST || (shown >= FIRST && before >= FOR_EACH)) continue;
        shownBy.set(place, before + 1);
        shown++;
        lines.push(`${line}  ${printable(describeDecision(taken.lead, taken.decision, decider, lacking))}`);
      }
      if (lines.length > 0) await terminal.data(`${lines.join('\n')}\n`);
    },
    /** What was left out, if anything. */
    rest(): string | undefined {
      if (shown === seen) return undefined;
      return `… ${number(shown)} of ${number(seen)} decisions are shown; --report FILE writes them all (- for stdout)`;
    },
  };
}

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

function reportRow({ file, line, became }: ReportedRow, decider: Decider, lacking: Lacking): Row {
  if (became === 'erased') return { file, line, outcome: 'blocked' };
  if ('rejected' in became) return { file, line, outcome: 'rejected', why: became.rejected };
  if ('duplicate' in became)
    return { file, line, email: became.duplicate, outcome: 'duplicate', why: 'it came earlier in this run' };
  if ('illFormed' in became) return { file, line, email: became.illFormed, outcome: 'blocked', why: became.reason };
  const { lead, decision, state } = became;
  const outcomes = { ACTIVE: 'already_active', BLOCKED: 'blocked', HELD: 'held' };
  return {
    file,
    line,
    email: lead.email,
    outcome: state.hold_reason === 'no_route' ? 'unassigned' : outcomes[state.status],
    hold_reason: state.hold_reason,
    campaign_id: state.assigned_campaign_id,
    campaign: null,
    rule: decision.rule ? describeRule(decision.rule) : null,
    why: reasonFor(lead, decision, decider, lacking),
    lead_id: null,
  };
}

/** Opens a file that is not there yet, or what is no regular file; nothing is ever overwritten. */
async function openReport(file: string): Promise<WriteStream> {
  const there = statSync(file, { throwIfNoEntry: false });
  const stream = createWriteStream(file, { flags: there && !there.isFile() ? 'w' : 'wx' });
  try {
    await once(stream, 'open');
    return stream;
  } catch (error) {
    const exists = error instanceof Error && 'code' in error && error.code === 'EEXIST';
    if (exists) throw new UsageError(`the report file ${file} exists already`, 'Give --report another name.');
    throw reportError(file, error);
  }
}

function reportError(file: string, error: unknown): Error {
  if (error instanceof Error && 'code' in error && error.code === 'ENOSPC')
    return new TemporaryError(`no room for the report file ${file}`, 'Free some disk space.');
  return new UsageError(`the report file ${file} cannot be written: ${error instanceof Error ? error.message : error}`);
}

/** Writes a row for every row of the files, in their order: CSV, or NDJSON by the file's name; `-` is stdout. */
export async function decisionReport(file: string, terminal: Terminal, decider: Decider, lacking: Lacking) {
  const format = /\.(?:ndjson|jsonl)$/i.test(file) ? 'ndjson' : 'csv';
  const writer = exportWriter(format, COLUMNS);
  const stream = file === '-' ? undefined : await openReport(file);
  let failure: unknown;
  stream?.on('error', (error) => {
    failure = error;
  });
  async function put(text: string): Promise<void> {
    if (!stream) return terminal.data(text);
    if (!stream.write(text) && !failure) await once(stream, 'drain').catch(() => undefined);
    if (failure) throw reportError(file, failure);
  }
  await put(writer.head);
  return {
    write: (rows: readonly ReportedRow[]) => put(writer.part(rows.map((row) => reportRow(row, decider, lacking)))),
    async close(): Promise<void> {
      if (!stream) return;
      stream.end();
      await finished(stream).catch((error: unknown) => {
        throw reportError(file, error);
      });
    },
  };
}
