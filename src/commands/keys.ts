import type { Command } from 'commander';
import { z } from 'zod';
import { withContext } from '../cli/context.js';
import { readOptions } from '../cli/options.js';
import { type Column, pickFormat, printRows } from '../cli/output.js';
import type { Terminal } from '../cli/terminal.js';
import { UsageError } from '../errors.js';

const createOptions = z.object({ name: z.string().trim().max(100).default('') });
const linkOptions = z.object({ url: z.url({ protocol: /^https?$/ }).default('http://127.0.0.1:3001') });
const listOptions = z.object({ format: z.string().optional() });

const COLUMNS: Column[] = [
  { name: 'id', heading: 'Id' },
  { name: 'name', heading: 'Name' },
  { name: 'created_at', heading: 'Created' },
  { name: 'revoked_at', heading: 'Revoked' },
];

/** `drason keys create`, `list`, `revoke`: who may send leads over HTTP. `admin-link`, `password`: who may use the admin page. */
export function define(program: Command, terminal: Terminal): void {
  const keys = program
    .command('keys')
    .summary('the keys to the HTTP doors')
    .description(
      `Makes, lists and revokes the keys with which leads are sent to drason serve (header X-API-Key). A key opens its
organization only, is kept as a hash, and is shown once.

Examples:
  $ drason keys create --name "signup form"
  $ drason keys list
  $ drason keys revoke 0199…
  $ drason keys admin-link                 a link that logs in to the admin page once
  $ drason keys password                   the hash of a password for the admin page`,
    );
  keys
    .command('create')
    .summary('make a key and show it, once')
    .description('Makes a key and shows it, once.\n\nExamples:\n  $ drason keys create --name "signup form" --json')
    .option('--name <name>', 'what it is for')
    .action(async (_options, command: Command) => {
      const { name } = readOptions(createOptions, command.opts());
      await withContext(command, terminal, async (context) => {
        const { organization } = context.organization();
        const store = await context.openOwnStore(true);
        const { createApiKey } = await import('../store/settings/api-keys.js');
        const { id, key } = await createApiKey(store, organization, name);
        if (terminal.json) {
          await terminal.data(`${JSON.stringify({ schema: 1, id, key, organization, name })}\n`);
          return;
        }
        await terminal.data(`${key}\n`);
        terminal.say(`This is the key of ${organization} (id ${id}). It is not shown again. Send it as X-API-Key.`);
      });
    });
  keys
    .command('list')
    .summary('the keys there are, without the keys themselves')
    .description('Lists the keys of the organization, revoked ones included.\n\nExamples:\n  $ drason keys list --json')
    .option('-o, --format <format>', 'table, json, ndjson or csv')
    .action(async (_options, command: Command) => {
      const { format } = readOptions(listOptions, command.opts());
      await withContext(command, terminal, async (context) => {
        const { organization } = context.organization();
        const store = await context.readStore();
        const { listApiKeys } = await import('../store/settings/api-keys.js');
        const found = await listApiKeys(store, organization);
        const rows = found.map(({ id, name, createdAt, revokedAt }) => ({
          id,
          name,
          created_at: createdAt,
          revoked_at: revokedAt,
        }));
        await printRows(terminal, pickFormat(format, terminal), COLUMNS, rows);
      });
    });
  keys
    .command('revoke')
    .summary('end a key, at once and for good')
    .description('Ends a key, at once and for good.\n\nExamples:\n  $ drason keys revoke 0199a3f2-…')
    .argument('<id>', 'the id that keys list shows')
    .action(async (id: string, _options, command: Command) => {
      await withContext(command, terminal, async (context) => {
        const { organization } = context.organization();
        const store = await context.openOwnStore(false);
        const { revokeApiKey } = await import('../store/settings/api-keys.js');
        if (!(await revokeApiKey(store, organization, id))) {
          throw new UsageError(`${organization} has no key ${id}`, 'See: drason keys list');
        }
        if (terminal.json) await terminal.data(`${JSON.stringify({ schema: 1, id, revoked: true })}\n`);
        else terminal.say(`The key ${id} is revoked.`);
      });
    });
  keys
    .command('admin-link')
    .summary('make a link that logs in to the admin page once')
    .description(
      `Makes a link that logs in to the admin page of drason serve once, within an hour, and prints it. It works while the
server runs, on the same database, with a password or without, and whatever others try at the login page.

Examples:
  $ drason keys admin-link
  $ drason keys admin-link --url https://drason.example.com`,
    )
    .option('--url <url>', 'the address drason serve is reached by (default http://127.0.0.1:3001)')
    .action(async (_options, command: Command) => {
      const { url } = readOptions(linkOptions, command.opts());
      await withContext(command, terminal, async (context) => {
        const store = await context.openStore(false);
        const { createAdminLink } = await import('../store/settings/admin-links.js');
        const link = `${new URL(url).origin}/admin/login?link=${await createAdminLink(store)}`;
        await terminal.data(terminal.json ? `${JSON.stringify({ schema: 1, link })}\n` : `${link}\n`);
        terminal.say('The link works once, within an hour.');
      });
    });
  keys
    .command('password')
    .summary('make the hash of a password for the admin page')
    .description(
      `Asks for a password (or reads it from stdin, where that is no terminal) and prints its hash. Put that into a variable,
and name the variable in the rules file. Without it, drason serve prints a link that logs in once.

Examples:
  $ drason keys password
  $ echo "DRASON_ADMIN_HASH=$(drason keys password)" >> .env
  rules.yaml:  admin: { password_hash_env: DRASON_ADMIN_HASH }`,
    )
    .action(async () => {
      const [{ readPassword }, { hashPassword }] = await Promise.all([
        import('../cli/password-input.js'),
        import('../config/password.js'),
      ]);
      const hash = await hashPassword(await readPassword(terminal.streams));
      await terminal.data(terminal.json ? `${JSON.stringify({ schema: 1, hash })}\n` : `${hash}\n`);
      terminal.say('Put it into a variable, and name that in the rules file: admin: { password_hash_env: … }');
    });
}
