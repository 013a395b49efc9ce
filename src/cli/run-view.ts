import prettyMs from 'pretty-ms';
import { HOLDS, type HoldFacts } from '../holds.js';
import {
  durationOf,
  inputsText,
  listed,
  outcomesText,
  passedOverOf,
  undoneOf,
  unreadOf,
} from '../pipeline/run-words.js';
import type { ListedRun } from '../store/log/run-list.js';
import type { Column, Row } from '../table/rows.js';
import { quoteArgument } from '../text/command-flags.js';
import { HOLD_TEXT } from '../text/hold-reasons.js';
import { shortTime } from '../text/times.js';
import { labelledLines, type NextStep } from './labelled.js';
import type { Terminal } from './terminal.js';

/** The columns of the list of runs in JSON and CSV. */
export const RUN_COLUMNS: readonly Column[] = [
  'id',
  'command',
  'inputs',
  'started_at',
  'ended_at',
  'duration_ms',
  'state',
  'exit_code',
  'rows',
  'below_table',
  'further_contacts',
  'outcomes',
  'requests',
  'read_to_end',
  'unread',
  'undone',
  'no_route',
  'discarded_at',
].map((name) => ({ name, heading: name }));

/** The columns of the list of runs in a table. */
export const RUN_TABLE: readonly Column[] = [
  { name: 'id', heading: 'Run', kind: 'exact' },
  { name: 'started_at', heading: 'Began (UTC)', kind: 'exact' },
  { name: 'command', heading: 'Command', kind: 'exact' },
  { name: 'inputs', heading: 'Of' },
  { name: 'took', heading: 'Took', kind: 'exact' },
  { name: 'exit', heading: 'Exit', kind: 'exact' },
  { name: 'outcomes', heading: 'Did' },
  { name: 'undone', heading: 'Left undone' },
  { name: 'no_route', heading: 'Holding pool', kind: 'exact' },
];

function exitText(run: ListedRun): string {
  const how = { ended: String(run.exitCode), running: 'running', died: 'died', elsewhere: `on ${run.host}` }[run.state];
  return run.discardedAt === null ? how : `${how}, discarded`;
}

const took = (ms: number | null) => (ms === null ? null : prettyMs(ms, { secondsDecimalDigits: 0, unitCount: 2 }));

function leftUndone(run: ListedRun): string {
  const unread = unreadOf(run);
  const held = undoneOf(run);
  if (unread.length === 0) return listed(held);
  return [`not read to its end: ${inputsText(unread)}`, ...(held.length > 0 ? [listed(held)] : [])].join('; ');
}

/** A run as a row of the list, for a person. */
export function runTableRow(run: ListedRun, now: number): Row {
  return {
    id: run.id,
    started_at: shortTime(run.startedAt),
    command: run.command,
    inputs: inputsText(run.inputs),
    took: took(durationOf(run, now)),
    exit: exitText(run),
    outcomes: run.sums ? outcomesText(run.sums.outcomes) : null,
    undone: leftUndone(run),
    no_route: run.heldNow.no_route ?? 0,
  };
}

/** A run as a row of the list, with everything. */
export function runRow(run: ListedRun, now: number) {
  return {
    id: run.id,
    command: run.command,
    inputs: Array.isArray(run.inputs) ? run.inputs.map(String) : inputsText(run.inputs),
    started_at: run.startedAt,
    ended_at: run.endedAt,
    duration_ms: durationOf(run, now),
    state: run.state,
    exit_code: run.exitCode,
    rows: run.sums?.rows ?? null,
    below_table: run.sums?.below_table ?? null,
    further_contacts: run.sums?.further_contacts ?? null,
    outcomes: run.sums?.outcomes ?? null,
    requests: run.sums?.requests ?? null,
    read_to_end: run.unread === null || run.state === 'running' ? null : run.unread.length === 0,
    unread: unreadOf(run),
    undone: Object.fromEntries(undoneOf(run)),
    no_route: run.heldNow.no_route ?? 0,
    discarded_at: run.discardedAt,
  };
}

/** The command that goes on with what a run has left. */
export function nextOfRun(run: ListedRun, globalFlags: string): NextStep {
  const flags = globalFlags === '' ? '' : ` ${globalFlags}`;
  const held = undoneOf(run).map(([reason]) => reason);
  const retry = `drason retry --held --run ${run.id}`;
  if (run.state === 'running')
    return { command: `drason audit --run ${run.id} --follow${flags}`, note: 'it is at work' };
  const files = Array.isArray(run.inputs) ? run.inputs.map(String) : [];
  if (unreadOf(run).length > 0 && run.discardedAt === null && files.length > 0 && !files.includes('-')) {
    return {
      command: `drason ingest ${files.map(quoteArgument).join(' ')}${flags}`,
      note: 'it was not read to its end',
    };
  }
  if (run.command === 'retry') return { command: `drason retry --held${flags}` };
  const retriedBy = (how: HoldFacts['retriedBy']) => held.find((reason) => HOLDS[reason].retriedBy === how);
  if (retriedBy('any') !== undefined || retriedBy('run') !== undefined) return { command: `${retry}${flags}` };
  const named = retriedBy('name');
  if (named !== undefined) return { command: `${retry} --reason ${named}${flags}` };
  if (retriedBy('include_refused') !== undefined)
    return { command: `${retry} --include-refused${flags}`, note: 'once they are corrected' };
  if ((run.heldNow.no_route ?? 0) > 0) return { command: `${retry}${flags}`, note: 'once the rules match them' };
  return { command: `drason leads --run ${run.id}${flags}` };
}

/** One run in full, for a person. The last line is the command that comes next. */
export function runText(run: ListedRun, now: number, next: NextStep, terminal: Terminal): string {
  const { lines, add, next: addNext } = labelledLines(13, terminal);
  add('Run', run.id);
  add('Command', `${run.command} ${inputsText(run.inputs)}`.trimEnd());
  add('Began', `${shortTime(run.startedAt, 'second')} UTC`);
  const duration = took(durationOf(run, now));
  const how = {
    ended: `exit code ${run.exitCode}, after ${duration}`,
    running: `at work, for ${duration} so far`,
    died: 'its process ended without finishing the run',
    elsewhere: `begun on ${run.host}; from here nobody can tell whether it is at work`,
  };
  add(run.state === 'ended' ? 'Ended' : 'State', how[run.state]);
  if (run.sums) {
    add('Counted', `rows ${run.sums.rows} · requests ${run.sums.requests}`);
    for (const what of passedOverOf(run.sums)) add('Passed over', what);
    add('Outcomes', outcomesText(run.sums.outcomes));
    for (const problem of run.sums.problems) add('Problem', problem);
  }
  if (run.discardedAt !== null) add('Discarded', `${shortTime(run.discardedAt, 'second')} UTC`);
  const left = undoneOf(run).map(([reason, n]) => `${n} ${reason}: ${HOLD_TEXT[reason]}`);
  const unread = unreadOf(run);
  if (unread.length > 0) add('Not read', `${inputsText(unread)}: not read to its end`);
  else if (left.length === 0) add('Left undone', 'nothing');
  add('Left undone', ...left);
  const pool = run.heldNow.no_route ?? 0;
  if (pool > 0) add('Holding pool', `${pool}: ${HOLD_TEXT.no_route}`);
  addNext(next);
  return `${lines.join('\n')}\n`;
}
