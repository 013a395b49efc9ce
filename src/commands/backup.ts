import type { Command } from 'commander';
import { withContext } from '../cli/context.js';
import type { Terminal } from '../cli/terminal.js';

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
    .argument('<file>', 'the copy; it must not exist yet')
    .action(async (file: string, _options, command: Command) => {
      await withContext(command, terminal, async (context) => {
        const store = await context.readStore();
        const { backupStore } = await import('../store/backup.js');
        const { bytes } = await backupStore(store, file);
        if (terminal.json) await terminal.data(`${JSON.stringify({ schema: 1, file, bytes })}\n`);
        else terminal.say(`${file}: ${bytes.toLocaleString('en')} bytes, a sound copy of ${store.path}`);
      });
    });
}
