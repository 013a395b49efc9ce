import type { Command } from 'commander';
import { z } from 'zod';
import { confirm } from '../cli/confirm.js';
import { type Context, withContext } from '../cli/context.js';
import { positive, readOptions, since } from '../cli/options.js';
import { type Format, pickFormat, printRows, type Row } from '../cli/output.js';
import { nextOfRun, RUN_COLUMNS, RUN_TABLE, runRow, runTableRow, runText } from '../cli/run-view.js';
import { watchSignals } from '../cli/signals.js';
import type { Terminal } from '../cli/terminal.js';
import { systemClock } from '../clock.js';
import { UsageError } from '../errors.js';
import type { StoreContext } from '../store/engine/context.js';
import type { Discarded } from '../store/leads/discard.js';
import type { ListedRun } from '../store/log/run-list.js';
import { counted, number } from '../text/wording.js';

const listOptions = z.object({
  limit: positive.optional(),
  since: since.optional(),
  format: z.string().optional(),
});
const discardOptions = z.object({ yes: z.boolean().default(false) });

/** `drason runs`, `runs show`, `runs discard` */
export function define(program: Command, terminal: Terminal): void {
  const runs = program
    .command('runs')
    .summary('what each run did and left undone')
    .description(
      `Lists the runs that took leads in or retried them, newest first, with what they left undone.

Examples:
  $ drason runs --since 7d
  $ drason runs show last                        the newest run in full, and the command that continues it
  $ drason runs show 019a3c52                    the one whose id begins so
  $ drason runs discard 019a3c52-…               takes a wrong file back, as far as nothing came of it`,
    )
    .option('--limit <n>', 'at most n runs (default: 50 in a table, else all)')
    .option('--since <time>', 'begun since: a time span such as 2h or 7d, or a time (UTC)')
    .option('-o, --format <format>', 'table, json, ndjson or csv')
    .action((_options, command: Command) =>
      withContext(command, terminal, (context) => list(context, readOptions(listOptions, command.opts()))),
    );
  runs
    .command('show')
    .summary('one run in full')
    .description(
      `Shows one run with its problems, what it left undone, and the command that continues it.

Examples:
  $ drason runs show 019a3c52-…`,
    )
    .argument('<id>', 'the id of a run, its beginning, or last')
    .option('-o, --format <format>', 'table, json or ndjson')
    .action((id: string, _options, command: Command) => {
      const { format } = readOptions(listOptions, command.optsWithGlobals());
      return withContext(command, terminal, (context) => show(context, id, pickFormat(format, terminal)));
    });
  runs
    .command('discard')
    .summary('take a wrong file back')
    .description(
      `Removes the leads that a run made, as far as no other run touched them and nobody ever tried to push them. Older
leads keep what the run changed in them. The audit log notes each lead that goes.

Examples:
  $ drason runs discard 019a3c52-… --yes`,
    )
    .argument('<id>', 'the id of a run, its beginning, or last')
    .option('-y, --yes', 'do not ask (needed where nobody can be asked)')
    .action((id: string, _options, command: Command) =>
      withContext(command, terminal, (context) =>
        discard(context, id, readOptions(discardOptions, command.opts()).yes),
      ),
    );
}

const TABLE_LIMIT = 50;

async function list(context: Context, options: z.infer<typeof listOptions>): Promise<void> {
  const { terminal } = context;
  const { organization } = context.organization();
  const format = pickFormat(options.format, terminal);
  const limit = options.limit ?? (format === 'table' ? TABLE_LIMIT : Number.POSITIVE_INFINITY);
  const store = await context.readStore();
  const { listRuns } = await import('../store/log/run-list.js');
  let shown = 0;
  let more = false;
  async function* rows(): AsyncGenerator<Row> {
    for await (const run of listRuns(store, organization, options.since)) {
      more = shown >= limit;
      if (more) return;
      shown++;
      yield format === 'table' ? runTableRow(run, systemClock.now()) : runRow(run, systemClock.now());
    }
  }
  await printRows(terminal, format, format === 'table' ? RUN_TABLE : RUN_COLUMNS, rows());
  if (more) terminal.say(`There are more than ${shown} runs; --limit shows more of them.`);
  else if (shown === 0) terminal.say('There is no such run.');
}

async function findOrRefuse(context: Context, store: StoreContext, id: string): Promise<ListedRun> {
  const { runMeant } = await import('../cli/run-ids.js');
  return runMeant(store, context.organization().organization, id);
}

async function show(context: Context, id: string, format: Format): Promise<void> {
  const { terminal } = context;
  if (format === 'csv') throw new UsageError('one run is no list, which csv needs', 'Use --format json.');
  const run = await findOrRefuse(context, await context.readStore(), id);
  const next = nextOfRun(run, context.flags);
  const now = systemClock.now();
  const text =
    format !== 'table'
      ? JSON.stringify({ schema: 1, ...runRow(run, now), problems: run.sums?.problems ?? [], next: next.command })
      : runText(run, now, next, terminal).trimEnd();
  await terminal.data(`${text}\n`);
}

function refuseUnfit(run: ListedRun, flags: string): void {
  if (run.command === 'retry') {
    throw new UsageError(`run ${run.id} is a retry: it made no leads`, 'Name the run that took the file in.');
  }
  const follow = ['drason runs show', run.id, flags].join(' ').trim();
  if (run.state === 'running') {
    throw new UsageError(`run ${run.id} is still at work`, `Stop it, or wait until it has ended: ${follow}`);
  }
  if (run.state === 'elsewhere') {
    throw new UsageError(
      `run ${run.id} was begun on ${run.host} and may still be at work`,
      'Run this on that machine, which can tell.',
    );
  }
}

/** Why leads stay, a line a reason. */
function stayLines(counts: Discarded): string[] {
  const reasons: Array<[number, string]> = [
    [counts.older, 'older than the run: it only changed them'],
    [counts.pushed_or_tried, 'pushed, or tried: they are, or may be, in Smartlead'],
    [counts.in_flight, 'in flight'],
    [counts.touched_later, 'touched by a later run'],
  ];
  const lines = reasons.flatMap(([n, why]) => (n > 0 ? [`${number(n)} stay: ${why}`] : []));
  if (counts.suppressions > 0) {
    lines.push(`${number(counts.suppressions)} addresses that the file wanted never to be mailed stay suppressed`);
  }
  return lines;
}

async function discard(context: Context, id: string, yes: boolean): Promise<void> {
  const { terminal } = context;
  context.organization();
  const store = await context.openOwnStore(false);
  const run = await findOrRefuse(context, store, id);
  refuseUnfit(run, context.flags);
  const { discardRun } = await import('../store/leads/discard.js');
  const never = new AbortController().signal;
  if (!yes) {
    const before = await discardRun(store, run, { onlyCount: true, stopping: never });
    for (const line of stayLines(before)) terminal.warn(line);
    if (!(await confirm(terminal, `Remove ${counted(before.removed, 'lead')} of run ${run.id} for good?`, false))) {
      terminal.warn('Nothing was removed.');
      return;
    }
  }
  const signals = watchSignals(terminal, 'stopping after this batch; once more ends at once');
  let counts: Discarded;
  try {
    counts = await discardRun(store, run, { onlyCount: false, stopping: signals.stopping });
  } finally {
    signals.stop();
  }
  const { removed, complete, suppressions, ...stay } = counts;
  terminal.exitCode = signals.exitCode() ?? 0;
  if (terminal.json) {
    const body = { schema: 1, run_id: run.id, removed, stay, suppressions, complete, exit_code: terminal.exitCode };
    await terminal.data(`${JSON.stringify(body)}\n`);
  } else if (!terminal.quiet) {
    await terminal.data(`${[`${counted(removed, 'lead')} removed`, ...stayLines(counts)].join('\n')}\n`);
  }
  const again = ['drason runs discard', run.id, '--yes', context.flags].join(' ').trim();
  if (!complete) terminal.warn(`Interrupted; what is removed is saved. Go on with: ${again}`);
}
