import type { Command } from 'commander';
import { z } from 'zod';
import { canonicalAddress } from '../address.js';
import { confirm } from '../cli/confirm.js';
import { type Context, withContext } from '../cli/context.js';
import { readOptions } from '../cli/options.js';
import type { Terminal } from '../cli/terminal.js';
import { counted, printable } from '../text/wording.js';

const optionsSchema = z.object({ yes: z.boolean().default(false), allOrganizations: z.boolean().default(false) });

/** `drason forget EMAIL`: erases a person. */
export function define(program: Command, terminal: Terminal): void {
  program
    .command('forget')
    .summary('erase a person')
    .description(
      `Erases people everywhere in the database, the audit log included, which keeps that it was done. A keyed hash stays,
so that no later list brings them back: their rows count as blocked and are written nowhere. Smartlead is not
touched; what it still has is listed. The database file is rewritten, so that nothing can be read from free space.

Examples:
  $ drason forget jane@example.com
  $ drason forget jane@example.com al@example.com --all-organizations --yes`,
    )
    .argument('<email...>', 'one or more addresses')
    .option('--all-organizations', 'in every organization of the database, not only in this one')
    .option('-y, --yes', 'do not ask (needed where nobody can be asked)')
    .action((emails: string[], _options, command: Command) =>
      withContext(command, terminal, async (context) => {
        const options = readOptions(optionsSchema, command.opts());
        await forget(context, [...new Set(emails.map(canonicalAddress))], options);
      }),
    );
}

async function forget(context: Context, emails: string[], options: z.infer<typeof optionsSchema>): Promise<void> {
  const { terminal } = context;
  const [{ forgetPeople }, { organizationsKept }] = await Promise.all([
    import('../pipeline/forget.js'),
    import('../store/leads/forget.js'),
  ]);
  const store = await (options.allOrganizations ? context.openStore(false) : context.openOwnStore(false));
  const organizations = options.allOrganizations
    ? await organizationsKept(store)
    : [context.organization().organization];
  const question = `Erase ${counted(emails.length, 'person', 'people')} from ${organizations.join(', ')} for good?`;
  if (!(await confirm(terminal, question, options.yes))) {
    terminal.say('nothing was erased');
    return;
  }
  const people = await forgetPeople(store, organizations, emails);
  if (terminal.json) {
    const rows = people.map(({ organization, email, known, stillIn, rejectsDeleted }) => ({
      organization,
      email,
      known,
      still_in_campaigns: stillIn,
      rejects_deleted: rejectsDeleted,
    }));
    await terminal.data(`${JSON.stringify({ schema: 1, erased: rows })}\n`);
    return;
  }
  for (const { organization, email, known, stillIn, rejectsDeleted } of people) {
    const was = known ? 'erased' : 'not known; a later list will not bring them in';
    await terminal.data(`${printable(email)} (${organization}): ${was}\n`);
    if (rejectsDeleted > 0) {
      terminal.warn(`  ${counted(rejectsDeleted, 'file')} of rejected rows beside the database named them, and went`);
    }
    if (stillIn.length > 0) {
      const where = `${stillIn.length === 1 ? 'campaign' : 'campaigns'} ${stillIn.join(', ')}`;
      terminal.warn(`  Smartlead still has, or may have, them in ${where}: delete them there as well`);
    }
  }
}
