import type { Command } from 'commander';
import { z } from 'zod';
import { withContext } from '../cli/context.js';
import { readOptions } from '../cli/options.js';
import { type Column, pickFormat, printRows } from '../cli/output.js';
import type { Terminal } from '../cli/terminal.js';

const optionsSchema = z.object({ showOrigin: z.boolean().default(false), format: z.string().optional() });

const VALUES: Column[] = [
  { name: 'setting', heading: 'Setting', kind: 'exact' },
  { name: 'value', heading: 'Value' },
];
/** What a table has in one column has two in JSON and CSV. */
const ORIGINS: Column[] = [
  { name: 'origin', heading: 'Origin' },
  { name: 'from', heading: 'From' },
];

/** `drason config` */
export function define(program: Command, terminal: Terminal): void {
  program
    .command('config')
    .summary('each setting and where it came from')
    .description(
      `Shows the settings that apply to an organization: from a flag, else an environment variable, else the
database (what was set on the admin page), else the rules file, else a default. Secrets are shown as set or not
set, never themselves. Only reads: makes no database, asks nobody.

Examples:
  $ drason config
  $ drason config --show-origin                  and what said so: a flag, a variable, the file's line …
  $ drason config --show-origin --format csv --org acme`,
    )
    .option('--show-origin', 'and where each came from')
    .option('-o, --format <format>', 'table, json, ndjson or csv')
    .action(async (_options, command: Command) => {
      const { showOrigin, format: asked } = readOptions(optionsSchema, command.opts());
      const format = pickFormat(asked, terminal);
      await withContext(command, terminal, async (context) => {
        const { settingsOf } = await import('../config/settings.js');
        const table = format === 'table';
        const asked = await context.asked(await context.openExistingStore());
        const rows = settingsOf(asked).map(({ setting, value, origin, from }) => ({
          setting,
          value: value === null && table ? '(none)' : value,
          origin,
          from: table ? (from ?? origin) : from,
        }));
        const origins = table ? ORIGINS.filter(({ name }) => name === 'from') : ORIGINS;
        await printRows(terminal, format, showOrigin ? [...VALUES, ...origins] : VALUES, rows);
      });
    });
}
