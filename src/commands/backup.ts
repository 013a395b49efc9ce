import type { Command } from 'commander';
import { z } from 'zod';
import { withContext } from '../cli/context.js';
import { readOptions } from '../cli/options.js';
import type { Terminal } from '../cli/terminal.js';

const optionsSchema = z.object({ force: z.boolean().default(false) });

/** `drason backup FILE`: a sound copy of the database, whoever works on it meanwhile. */
export function define(program: Command, terminal: Terminal): void {
  program
    .command('backup')
    .summary('a copy of the database while it is in use')
    .description(
      `Copies the database into a new file, while drason serve and other commands go on working on it. The copy is checked
before it gets its name. To restore, stop drason and put the copy in the database's place (docs/deploy.md).

Examples:
  $ drason backup "drason-$(date +%F).db"`,
    )
    .argument('<file>', 'the copy; a file that is there is left alone, a pipe gets the copy')
    .option('--force', 'replace the file that is there')
    .action(async (file: string, _options, command: Command) => {
      const { force } = readOptions(optionsSchema, command.opts());
      await withContext(command, terminal, async (context) => {
        const store = await context.readStore();
        const [{ backupStore }, { outputFor }] = await Promise.all([
          import('../store/engine/backup.js'),
          import('../cli/output-for.js'),
        ]);
        const output = outputFor(context, { file, what: 'the copy', force, replacesOwn: false, isDatabase: true });
        const { bytes } = await backupStore(store, output);
        if (terminal.json) await terminal.data(`${JSON.stringify({ schema: 1, file, bytes })}\n`);
        else terminal.say(`${file}: ${bytes.toLocaleString('en')} bytes, a sound copy of ${store.path}`);
      });
    });
}
