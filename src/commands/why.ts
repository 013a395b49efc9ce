import type { Command } from 'commander';
import { canonicalAddress } from '../address.js';
import { type Context, withContext } from '../cli/context.js';
import type { Terminal } from '../cli/terminal.js';
import type { OrganizationConfig } from '../config/schema.js';
import { DatabaseError, RulesFileError } from '../errors.js';
import { redact } from '../redact.js';
import type { StoreContext } from '../store/engine/context.js';
import { commandFlags, quoteArgument } from '../text/command-flags.js';

/** `drason why EMAIL…`: reads only; no network. */
export function define(program: Command, terminal: Terminal): void {
  program
    .command('why')
    .summary('everything that was decided about one lead')
    .description(
      `Tells the story of a lead: where it came from, what was decided and why, every attempt
with what Smartlead answered, where it stands, what comes next, and what today's rules
would do. Reads only; no network.

Examples:
  $ drason why jo@example.com
  $ drason why jo@example.com --verbose      draws nothing together, leaves nothing out
  $ drason why jo@example.com al@example.com

--json prints one object with the keys email, sandbox, lead, story, memberships, next and today; for several addresses an
object with rows, the same for each. For an address that is no lead, lead is null, did_you_mean names leads that are
spelt nearly so, and the exit code is 3. Without a rules file that can be read, the story is told
without what today's rules would do.`,
    )
    .argument('<email...>', 'one or more addresses')
    .action(async (emails: string[], _options, command: Command) => {
      await withContext(command, terminal, (context) => tell(context, [...new Set(emails.map(canonicalAddress))]));
    });
}

/** The organization's part of the rules file, or a line that says why it cannot be read. */
function readRules(context: Context): OrganizationConfig | string {
  try {
    return context.organization();
  } catch (error) {
    if (!(error instanceof RulesFileError)) throw error;
    const [first = '', ...others] = error.message.split('\n');
    return others.length === 0 ? first : `${first} (and ${others.length} more)`;
  }
}

/** Without rules: the organization that was asked for, else the only one there is, else `default`. */
async function organizationOf(context: Context, store: StoreContext, rules: OrganizationConfig | string) {
  if (typeof rules !== 'string') return rules.organization;
  if (context.askedOrganization !== undefined) return context.askedOrganization;
  const { organizationsWithLeads } = await import('../store/leads/address-lookups.js');
  const [only, ...others] = await organizationsWithLeads(store);
  return only !== undefined && others.length === 0 ? only : 'default';
}

/** Without rules that can be read, the database must be named: the rules file may be what names it. */
async function openStore(context: Context): Promise<StoreContext> {
  try {
    const store = await context.openExistingStore();
    if (store) return store;
  } catch (error) {
    if (!(error instanceof RulesFileError) || error.next !== undefined) throw error;
    throw new RulesFileError(error.message, undefined, 'With --db the story can be told all the same.');
  }
  throw new DatabaseError(
    `there is no database at ${context.databasePath()}`,
    'Run drason ingest first, or name another with --db.',
  );
}

async function tell(context: Context, emails: readonly string[]): Promise<void> {
  const { terminal } = context;
  const rules = readRules(context);
  const store = await openStore(context);
  const [{ makeDecider }, { adviceSettingsOf }, { leadStory }, { unknownText, whyText }] = await Promise.all([
    import('../pipeline/decide.js'),
    import('../story/advice-settings.js'),
    import('../story/lead-story.js'),
    import('../cli/why-view.js'),
  ]);
  const organization = await organizationOf(context, store, rules);
  const request = {
    store,
    organization,
    decider: typeof rules === 'string' ? rules : makeDecider(rules),
    settings: typeof rules === 'string' ? undefined : await adviceSettingsOf(store, rules),
    keyId: context.keyId(),
    suggest: (name: string, flags: Record<string, string | boolean | undefined>, args: readonly string[] = []) =>
      ['drason', name, ...args.map(quoteArgument), commandFlags(flags), context.flags]
        .filter((word) => word !== '')
        .join(' '),
  };
  const told = [];
  for (const email of emails) told.push(await leadStory(request, email));
  if (terminal.json) {
    const [only] = told;
    const body = told.length === 1 ? { schema: 1, ...only } : { schema: 1, rows: told };
    // Only values: a secret may be a word that is also the name of a field.
    const clean = (_name: string, value: unknown) => (typeof value === 'string' ? redact(value) : value);
    await terminal.data(`${JSON.stringify(body, clean)}\n`);
  }
  for (const [index, one] of told.entries()) {
    if (one.lead === null) {
      terminal.exitCode = 3;
      terminal.warn(`drason: ${unknownText(one, organization, store.path)}`);
    } else if (!terminal.json) {
      await terminal.data(`${index > 0 ? '\n\n' : ''}${whyText(one, terminal)}`);
    }
  }
}
