import { Command } from 'commander';
import type { Terminal } from './cli/terminal.js';
import { version } from './version.js';

/** A command's own file: it adds itself to the program. */
export interface CommandFile {
  define(program: Command, terminal: Terminal): void;
}

/** Every command, with the line that the overview shows. Its file is loaded only when the command is used. */
const COMMANDS: ReadonlyArray<{ name: string; summary: string; load: () => Promise<CommandFile> }> = [
  { name: 'ingest', summary: 'lead files all the way into Smartlead', load: () => import('./commands/ingest.js') },
  { name: 'retry', summary: 'give HELD leads another chance', load: () => import('./commands/retry.js') },
  { name: 'rules', summary: 'test, check and list the routing rules', load: () => import('./commands/rules.js') },
  { name: 'why', summary: 'everything that was decided about one lead', load: () => import('./commands/why.js') },
  {
    name: 'reconcile',
    summary: "the ledger against Smartlead's rosters",
    load: () => import('./commands/reconcile.js'),
  },
  { name: 'suppress', summary: 'who must never be mailed', load: () => import('./commands/suppress.js') },
  {
    name: 'serve',
    summary: 'the HTTP doors: leads over HTTP and from Clay',
    load: () => import('./commands/serve.js'),
  },
  { name: 'keys', summary: 'the keys to the HTTP doors', load: () => import('./commands/keys.js') },
  { name: 'backup', summary: 'a copy of the database while it is in use', load: () => import('./commands/backup.js') },
  { name: 'sandbox', summary: 'a local stand-in for Smartlead', load: () => import('./commands/sandbox.js') },
];

const HELP_TAIL = `
Examples:
  $ drason ingest leads.csv --sandbox        try everything without an account
  $ drason rules test leads.csv              see where each lead would go
  $ drason ingest leads.csv                  health gate, routing, push
  $ drason retry --held                      go on with what is held
  $ drason why jo@example.com                why a lead is where it is

Exit codes: 0 done · 2 usage, rules file or database · 3 needs attention · 4 key · 5 Smartlead not to be had
            6 --max-errors · 75 try again · 129 130 143 interrupted · 1 internal error`;

/** Builds the program for these arguments. Commands that are not named in them stay a name and a line. */
export async function makeProgram(argv: readonly string[], terminal: Terminal): Promise<Command> {
  const program = new Command('drason')
    .description(
      'Takes sales leads, decides which are worth mailing, puts each into its Smartlead campaign, and proves it.',
    )
    .version(version(), '--version', 'print the version')
    .helpOption('-h, --help', 'show help')
    .option('--rules <file>', 'the rules file (default: $DRASON_RULES, ./rules.yaml, then your config directory)')
    .option('--db <file>', "the database (default: $DRASON_DB, the rules file's database:, then your data directory)")
    .option('--org <name>', 'which organization of the rules file ($DRASON_ORG)')
    .option('--sandbox', 'use a local stand-in for Smartlead, with a database and an account of its own')
    .option('--json', 'print one JSON object on stdout')
    .option('--quiet', 'print only problems')
    .option('--verbose', 'print each push, and stack traces')
    .option('--no-color', 'no colours')
    .configureHelp({ showGlobalOptions: true, helpWidth: Math.min(terminal.width, 120) })
    .configureOutput({
      writeOut: (text) => void terminal.data(text),
      writeErr: (text) => void terminal.streams.stderr.write(text),
      outputError: () => {
        // printed once, by main
      },
    })
    .exitOverride()
    .addHelpText('after', HELP_TAIL);
  for (const { name, summary, load } of COMMANDS) {
    if (argv.includes(name)) (await load()).define(program, terminal);
    else program.command(name).description(summary);
  }
  // Without a command commander prints help as an error; asking for nothing is none.
  if (argv.length === 0) program.action(() => program.outputHelp());
  return program;
}
