import type { Command } from 'commander';
import { z } from 'zod';
import { withContext } from '../cli/context.js';
import { positive, readOptions } from '../cli/options.js';
import { type Column, pickFormat, printRows } from '../cli/output.js';
import type { Terminal } from '../cli/terminal.js';
import { wrapped } from '../cli/wrap.js';
import type { Suppressed } from '../pipeline/suppress.js';
import { quoteArgument } from '../text/command-flags.js';
import { counted, printable } from '../text/wording.js';

const addOptions = z.object({ reason: z.string().trim().min(1).max(200).default('on your list') });
const importOptions = addOptions.extend({
  map: z.array(z.string()).default([]),
  delimiter: z.string().optional(),
  encoding: z.string().optional(),
  sheet: z.string().min(1).optional(),
});
const listOptions = z.object({ format: z.string().optional(), limit: positive.optional() });

const collect = (value: string, list: string[] = []) => [...list, value];
const REASON = ['--reason <text>', 'why, shown by drason why (default "on your list")'] as const;

const COLUMNS: Column[] = [
  { name: 'value', heading: 'Address or domain' },
  { name: 'reason', heading: 'Reason' },
  { name: 'source', heading: 'Source' },
  { name: 'created_at', heading: 'Since' },
];

async function report(
  terminal: Terminal,
  organization: string,
  result: Suppressed & { rejected: number; kept?: Record<string, number> },
): Promise<void> {
  const { added, known, blocked, rejected, kept, stillMailed } = result;
  for (const [column, n] of Object.entries(kept ?? {})) {
    const flag = `--map ignore=${quoteArgument(column)}`;
    terminal.warn(
      `${counted(n, 'row')} not suppressed: column "${column}" says that they did not opt out; ${flag} suppresses all`,
    );
  }
  if (terminal.json) {
    const still_mailed = stillMailed;
    const body = { schema: 1, organization, added, known, blocked, rejected, kept, still_mailed };
    await terminal.data(`${JSON.stringify(body)}\n`);
    return;
  }
  const refused = rejected > 0 ? `, ${rejected} rejected` : '';
  terminal.say(`${added} added, ${known} on the list already${refused}; ${blocked} held leads are blocked now`);
  const { stillMailedLines } = await import('../pipeline/still-mailed.js');
  for (const [n, line] of stillMailedLines(stillMailed).entries()) {
    terminal.warn(`${n === 0 ? '⚠' : ' '} ${wrapped(printable(line), 2, terminal)}`);
  }
}

/** `drason suppress add|import|list|remove`: who must never be mailed. */
export function define(program: Command, terminal: Terminal): void {
  const suppress = program
    .command('suppress')
    .summary('who must never be mailed')
    .description(
      `Keeps the addresses and domains (with their subdomains) that an organization must never mail. HELD leads among them
are blocked at once, leads on their way when they are settled. Nobody is taken out of a campaign.

Examples:
  $ drason suppress add jane@example.com competitor.com --reason "asked us by phone"
  $ drason suppress import do-not-contact.csv
  $ drason suppress list --format csv
  $ drason suppress remove jane@example.com`,
    );
  suppress
    .command('add')
    .summary('add addresses and domains')
    .description('Adds addresses and domains.\n\nExamples:\n  $ drason suppress add jane@example.com competitor.com')
    .argument('<value...>', 'e-mail addresses or domains')
    .option(...REASON)
    .action((values: string[], _options, command: Command) =>
      withContext(command, terminal, async (context) => {
        const { reason } = readOptions(addOptions, command.opts());
        const { organization } = context.organization();
        const { suppressValues } = await import('../pipeline/suppress.js');
        const store = await context.openOwnStore(true);
        const result = await suppressValues(store, organization, values, { reason, source: 'command line' });
        await report(terminal, organization, { ...result, rejected: 0 });
      }),
    );
  suppress
    .command('import')
    .summary('add everyone in a file that ingest could read')
    .description(
      `Adds every address, or domain, of a file: in its e-mail or domain column, or one in a line without a header. Rows
without one are counted as rejected (exit 3). Where a column says that a person did not opt out (Unsubscribed = no), the row
is not suppressed; a message counts such rows, and --map ignore=Column suppresses them as well.

Examples:
  $ drason suppress import do-not-contact.csv --reason "client's list"
  $ drason suppress import customers.csv --map email=Website`,
    )
    .argument('<file>', 'CSV, TSV, xlsx, JSON or NDJSON, also .gz; - for stdin')
    .option(...REASON)
    .option('--map <field=Column>', 'what a column is: email=Column, ignore=Column', collect)
    .option('--delimiter <character>', 'of a CSV file; also comma, semicolon, tab, pipe')
    .option('--encoding <name>', 'such as windows-1252')
    .option('--sheet <name>', 'of an Excel workbook (default: its first)')
    .action((file: string, _options, command: Command) =>
      withContext(command, terminal, async (context) => {
        const options = readOptions(importOptions, command.opts());
        const config = context.organization();
        const [{ suppressFile }, { openLeadFiles, passedOverNotes }] = await Promise.all([
          import('../pipeline/suppress.js'),
          import('../pipeline/lead-files.js'),
        ]);
        const reading = { ...options, trusted: true, domains: true };
        const files = await openLeadFiles([file], config, reading, terminal.streams.stdin);
        try {
          const store = await context.openOwnStore(true);
          const why = { reason: options.reason, source: file === '-' ? 'stdin' : file };
          const result = await suppressFile(store, config.organization, files, why, (line, what) =>
            terminal.warn(`${file}:${line}: ${what}`),
          );
          for (const line of files.inputs.flatMap(passedOverNotes)) terminal.say(line);
          await report(terminal, config.organization, result);
          if (result.rejected > 0) terminal.exitCode = 3;
        } finally {
          await files.close();
        }
      }),
    );
  suppress
    .command('list')
    .summary('list them')
    .description('Lists them in their order.\n\nExamples:\n  $ drason suppress list --format csv > suppressed.csv')
    .option('-o, --format <format>', 'table, json, ndjson or csv')
    .option('--limit <n>', 'at most n')
    .action((_options, command: Command) =>
      withContext(command, terminal, async (context) => {
        const options = readOptions(listOptions, command.opts());
        const { organization } = context.organization();
        const store = await context.readStore();
        const { suppressionPages } = await import('../pipeline/suppress.js');
        async function* rows() {
          for await (const one of suppressionPages(store, organization, options.limit)) {
            yield { value: one.value, reason: one.reason, source: one.source, created_at: one.createdAt };
          }
        }
        await printRows(terminal, pickFormat(options.format, terminal), COLUMNS, rows());
      }),
    );
  suppress
    .command('remove')
    .summary('take addresses and domains off')
    .description(
      `Takes addresses and domains off the list. Leads they have blocked stay blocked until they are ingested again.

Examples:
  $ drason suppress remove jane@example.com`,
    )
    .argument('<value...>', 'e-mail addresses or domains')
    .action((values: string[], _options, command: Command) =>
      withContext(command, terminal, async (context) => {
        const { organization } = context.organization();
        const store = await context.openOwnStore(false);
        const { unsuppressValues } = await import('../pipeline/suppress.js');
        const { removed, unknown } = await unsuppressValues(store, organization, values);
        if (terminal.json) await terminal.data(`${JSON.stringify({ schema: 1, organization, removed, unknown })}\n`);
        else terminal.say(`${removed.length} removed; it takes effect when such a lead is ingested again`);
        for (const value of unknown) terminal.warn(`drason: ${value} was not on the list of ${organization}`);
        if (unknown.length > 0) terminal.exitCode = 3;
      }),
    );
}
