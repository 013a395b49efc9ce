import type { Command } from 'commander';
import { z } from 'zod';
import { canonicalAddress } from '../address.js';
import { AUDIT_COLUMNS, AUDIT_TABLE, auditRow } from '../cli/audit-view.js';
import { type Context, withContext } from '../cli/context.js';
import { positive, readOptions, since } from '../cli/options.js';
import { type Format, pickFormat, printRows, type Row } from '../cli/output.js';
import { watchSignals } from '../cli/signals.js';
import { tableWriter } from '../cli/table.js';
import type { Terminal } from '../cli/terminal.js';
import { systemClock } from '../clock.js';
import { UsageError } from '../errors.js';
import type { StoreContext } from '../store/engine/context.js';
import { AUDIT_ACTIONS, AUDIT_TRIGGERS } from '../store/log/audit.js';
import type { AuditFilter } from '../store/log/audit-list.js';
import { jsonLine } from '../table/rows.js';

const optionsSchema = z.object({
  email: z.string().transform(canonicalAddress).optional(),
  action: z.enum(AUDIT_ACTIONS, { error: `expected one of ${AUDIT_ACTIONS.join(', ')}` }).optional(),
  trigger: z.enum(AUDIT_TRIGGERS, { error: `expected one of ${AUDIT_TRIGGERS.join(', ')}` }).optional(),
  run: z.string().trim().optional(),
  campaign: z.string().trim().optional(),
  since: since.optional(),
  limit: positive.optional(),
  follow: z.boolean().default(false),
  format: z.string().optional(),
});
type Options = z.infer<typeof optionsSchema>;

/** `drason audit` */
export function define(program: Command, terminal: Terminal): void {
  program
    .command('audit')
    .summary('what happened to leads, and why')
    .description(
      `Shows the audit log in the order in which things happened. As JSON, NDJSON or CSV: all of it.

Examples:
  $ drason audit                                    the newest 50 entries
  $ drason audit --email jo@example.com
  $ drason audit --action push_failed --since 2h
  $ drason audit --follow                           and what comes, until Ctrl-C`,
    )
    .option('--email <address>', 'about this lead')
    .option('--action <action>', 'such as assigned, pushed_to_smartlead or push_failed')
    .option('--trigger <trigger>', 'caused by this: ingest, retry, delivery, …')
    .option('--run <id>', 'caused by this run')
    .option('--campaign <id>', 'that name this campaign')
    .option('--since <time>', 'since: a time span such as 2h or 7d, or a time (UTC)')
    .option('--limit <n>', 'the newest n entries (default: 50 in a table, else all)')
    .option('--follow', 'print the newest entries, then go on as they come (table or ndjson)')
    .option('-o, --format <format>', 'table, json, ndjson or csv')
    .action(async (_options, command: Command) => {
      const options = readOptions(optionsSchema, command.opts());
      await withContext(command, terminal, (context) => show(context, options));
    });
}

const NEWEST = 50;

async function show(context: Context, options: Options): Promise<void> {
  const { terminal } = context;
  const { organization } = context.organization();
  const format = pickFormat(options.format, terminal);
  if (options.follow && (format === 'json' || format === 'csv')) {
    throw new UsageError(`--follow has no end, which ${format} needs`, 'Use --format ndjson, or the table.');
  }
  const store = await context.readStore();
  const [{ lastAuditId, newestEntries }, { runMeant }] = await Promise.all([
    import('../store/log/audit-list.js'),
    import('../cli/run-ids.js'),
  ]);
  const filter: AuditFilter = {
    email: options.email,
    action: options.action,
    trigger: options.trigger,
    runId: options.run === undefined ? undefined : (await runMeant(store, organization, options.run)).id,
    campaignId: options.campaign,
    since: options.since,
  };
  const limit = options.limit ?? (format === 'table' || options.follow ? NEWEST : undefined);
  const last = await lastAuditId(store);
  const range =
    limit === undefined ? { after: 0, upTo: last } : await newestEntries(store, organization, filter, limit);
  const query = { store, organization, filter, table: format === 'table' };
  if (options.follow) await follow(terminal, query, range, last);
  else await list(terminal, format, query, range);
}

/** Entries with an id above `after` and up to `upTo`. */
interface Range {
  after: number;
  upTo: number;
}

interface Query {
  store: StoreContext;
  organization: string;
  filter: AuditFilter;
  table: boolean;
}

async function list(terminal: Terminal, format: Format, query: Query, range: Range): Promise<void> {
  let shown = 0;
  async function* rows(): AsyncGenerator<Row> {
    for await (const page of pages(query, range)) {
      yield* page;
      shown += page.length;
    }
  }
  await printRows(terminal, format, query.table ? AUDIT_TABLE : AUDIT_COLUMNS, rows());
  if (shown === 0) terminal.say('No entry fits.');
}

async function* pages(query: Query, { after, upTo }: Range): AsyncGenerator<Row[]> {
  const [{ listAudit }, { campaignNames }] = await Promise.all([
    import('../store/log/audit-list.js'),
    import('../store/rosters/campaigns.js'),
  ]);
  const names = await campaignNames(query.store, query.organization);
  for await (const page of listAudit(query.store, query.organization, query.filter, after, upTo)) {
    yield page.map((entry) => auditRow(entry, names, query.table));
  }
}

const POLL_MS = 500;

/**
 * Prints the newest entries and then, from those after `last`, what comes: until a signal, or until nobody reads any
 * more. That is how it is meant to end.
 */
async function follow(terminal: Terminal, query: Query, newest: Range, last: number): Promise<void> {
  const { lastAuditId } = await import('../store/log/audit-list.js');
  const table = tableWriter(AUDIT_TABLE, terminal);
  const print = (rows: readonly Row[]) =>
    terminal.data(query.table ? table(rows) : rows.map((row) => `${jsonLine(AUDIT_COLUMNS, row)}\n`).join(''));
  const signals = watchSignals(terminal, '');
  const gone = new AbortController();
  const leave = () => gone.abort();
  terminal.streams.stdout.once('close', leave).once('error', leave);
  const ending = AbortSignal.any([signals.stopping, gone.signal]);
  try {
    const first: Row[] = [];
    for await (const rows of pages(query, newest)) first.push(...rows);
    await print(first);
    for (let seen = last; !ending.aborted; ) {
      await systemClock.sleep(POLL_MS, ending);
      const upTo = await lastAuditId(query.store);
      for await (const rows of pages(query, { after: seen, upTo })) {
        if (rows.length > 0) await print(rows);
        if (ending.aborted) break;
      }
      seen = upTo;
    }
  } finally {
    terminal.streams.stdout.off('close', leave).off('error', leave);
    if (signals.received() === 'SIGHUP') terminal.exitCode = 129;
    signals.stop();
  }
}
