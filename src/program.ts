import type { Command } from 'commander';
import { CommandLine, refuseFlagsAsValues, refuseForeignOptions, refuseHelp } from './cli/command-line.js';
import { helpSettings } from './cli/help.js';
import type { Terminal } from './cli/terminal.js';
import { version } from './version.js';

type MakeProgram = (argv: readonly string[], terminal: Terminal) => Promise<Command>;

/** A command's own file: it adds itself to the program. `make`: {@link makeProgram}, which it cannot import. */
export interface CommandFile {
  define(program: Command, terminal: Terminal, make: MakeProgram): void;
}

/** Every command, with the line that the overview shows. Its file is loaded only when the command is used. */
export const COMMANDS: ReadonlyArray<{ name: string; summary: string; load: () => Promise<CommandFile> }> = [
  { name: 'init', summary: 'write a commented rules file', load: () => import('./commands/init.js') },
  { name: 'ingest', summary: 'lead files all the way into Smartlead', load: () => import('./commands/ingest.js') },
  { name: 'retry', summary: 'give HELD leads another chance', load: () => import('./commands/retry.js') },
  { name: 'leads', summary: 'the leads, with filters and export', load: () => import('./commands/leads.js') },
  { name: 'audit', summary: 'what happened to leads, and why', load: () => import('./commands/audit.js') },
  { name: 'runs', summary: 'what each run did and left undone', load: () => import('./commands/runs.js') },
  { name: 'rules', summary: 'test, check and list the routing rules', load: () => import('./commands/rules.js') },
  {
    name: 'config',
    summary: 'each setting and where it came from',
    load: () => import('./commands/config.js'),
  },
  { name: 'status', summary: 'counts, queue, push success, stops', load: () => import('./commands/status.js') },
  { name: 'doctor', summary: 'check a set-up end to end', load: () => import('./commands/doctor.js') },
  { name: 'why', summary: 'everything that was decided about one lead', load: () => import('./commands/why.js') },
  { name: 'forget', summary: 'erase a person', load: () => import('./commands/forget.js') },
  {
    name: 'reconcile',
    summary: "the ledger against Smartlead's rosters",
    load: () => import('./commands/reconcile.js'),
  },
  { name: 'suppress', summary: 'who must never be mailed', load: () => import('./commands/suppress.js') },
  {
    name: 'serve',
    summary: 'the HTTP doors: leads over HTTP and from Clay, events from Smartlead',
    load: () => import('./commands/serve.js'),
  },
  { name: 'keys', summary: 'the keys to the HTTP doors', load: () => import('./commands/keys.js') },
  { name: 'backup', summary: 'a copy of the database while it is in use', load: () => import('./commands/backup.js') },
  {
    name: 'completion',
    summary: 'the Tab key: commands, flags and their values',
    load: () => import('./commands/completion.js'),
  },
  { name: 'sandbox', summary: 'a local stand-in for Smartlead', load: () => import('./commands/sandbox.js') },
];

/** The headings of the overview, in their order. */
const GROUPS: ReadonlyArray<readonly [heading: string, commands: readonly string[]]> = [
  ['Send leads:', ['ingest', 'retry', 'serve']],
  ['See what happened:', ['status', 'leads', 'why', 'audit', 'runs', 'reconcile']],
  ['Keep it right:', ['suppress', 'forget', 'keys', 'backup']],
  ['Set up and rehearse:', ['init', 'rules', 'config', 'doctor', 'sandbox', 'completion']],
];

const PLACES = GROUPS.flatMap(([, names]) => names);

const DESCRIPTION = `Takes sales leads, decides which are worth mailing, puts each into its Smartlead campaign, and proves it.

Examples:
  $ drason init                           write a rules file to begin with
  $ drason rules test leads.csv           see where each lead would go
  $ drason ingest leads.csv --sandbox     try everything without an account
  $ drason ingest leads.csv               health gate, routing, push
  $ drason retry --held                   go on with what is held
  $ drason why jo@example.com             why a lead is where it is`;

/** Builds the program for these arguments. Commands that are not named in them stay a name and a line. */
export async function makeProgram(argv: readonly string[], terminal: Terminal): Promise<Command> {
  const program = new CommandLine('drason')
    .description(DESCRIPTION)
    .usage('COMMAND [options]')
    .version(version(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show help')
    .option('--rules <file>', 'the rules file (default: $DRASON_RULES, ./rules.yaml, then your config directory)')
    .option('--db <file>', "the database (default: $DRASON_DB, the rules file's database:, then your data directory)")
    .option('--org <name>', 'which organization of the rules file (default: $DRASON_ORG, or the only one)')
    .option('--sandbox', 'use a local stand-in for Smartlead, with a database and an account of its own')
    .option('--adopt', 'go on although the database was used with another rules file and another key: both are yours')
    .option('--json', 'print one JSON object on stdout')
    .option('-q, --quiet', 'print only problems')
    .option('-v, --verbose', 'print each push and each duplicate, and stack traces')
    .option('--no-color', 'no colours ($NO_COLOR; $FORCE_COLOR turns them on)')
    .configureHelp(helpSettings(terminal))
    .configureOutput({
      writeOut: (text) => void terminal.data(text),
      getOutHasColors: () => terminal.colors.isColorSupported,
    })
    .exitOverride()
    .addHelpText('beforeAll', refuseHelp)
    .hook('preAction', (_program, command) => {
      refuseFlagsAsValues(command);
      refuseForeignOptions(command);
    });
  for (const { name, summary, load } of COMMANDS.toSorted((a, b) => PLACES.indexOf(a.name) - PLACES.indexOf(b.name))) {
    if (argv.includes(name)) (await load()).define(program, terminal, makeProgram);
    else program.command(name).summary(summary);
    const [heading] = GROUPS.find(([, names]) => names.includes(name)) ?? ['Other commands:'];
    program.commands.at(-1)?.helpGroup(heading);
  }
  // Without a command commander prints help as an error; asking for nothing is none.
  if (argv.length === 0) program.action(() => program.outputHelp());
  return program;
}
