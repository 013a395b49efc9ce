import type { Command } from 'commander';
import { SHELLS } from '../cli/completion-scripts.js';
import { makeContext } from '../cli/context.js';
import type { Terminal } from '../cli/terminal.js';
import { UsageError } from '../errors.js';
import { printable } from '../text/wording.js';

/** `drason completion SHELL`: the Tab key. `completion words`: what its scripts ask. */
export function define(
  program: Command,
  terminal: Terminal,
  make: (argv: readonly string[], terminal: Terminal) => Promise<Command>,
): void {
  const completion = program
    .command('completion')
    .summary('the Tab key: commands, flags and their values')
    .description(
      `Prints the script that makes the Tab key complete drason's commands, flags, files and values: campaigns, runs, personas,
hold reasons, organizations.

Examples:
  $ drason completion bash >> ~/.bashrc
  $ drason completion fish > ~/.config/fish/completions/drason.fish`,
    );
  for (const [shell, { script, name, keep, note = '' }] of Object.entries(SHELLS)) {
    completion
      .command(shell)
      .summary(`the script for ${name}`)
      .description(`Prints the script for ${name}, to be kept where it is read.\n\nExamples:\n  $ ${keep}  ${note}`)
      .action(() => terminal.data(script));
  }
  completion
    .command('words')
    .summary('what may come next; the scripts ask it')
    .description(
      `Prints what may stand in place of the last word, a line each, with a tab and what it is behind it. Where files may stand, the
only line is :files. The scripts ask it.

Examples:
  $ drason completion words -- runs sh`,
    )
    .argument('[words...]', 'the command line up to the cursor, without drason, behind --')
    .action(async (words: string[]) => {
      const [{ complete }, { valuesFrom }] = await Promise.all([
        import('../cli/completion.js'),
        import('../cli/completion-values.js'),
      ]);
      // A shell may give an empty word as two quotes, and one that is not finished with the quote it begins with.
      const typed = words.map((word) => (word === '""' ? '' : word.replace(/^["']/, '')));
      const asked = await make(typed, terminal);
      try {
        asked.parseOptions(typed.slice(0, -1));
      } catch (error) {
        // An option whose value is what is asked for; those before it are read.
        if (!(error instanceof UsageError)) throw error;
      }
      const context = makeContext(asked, terminal);
      try {
        const offered = await complete(asked, typed, valuesFrom(context));
        const lines =
          offered === 'files'
            ? [':files']
            : offered.map(({ value, about }) => printable(value) + (about === '' ? '' : `\t${printable(about)}`));
        await terminal.data(lines.map((line) => `${line}\n`).join(''));
      } finally {
        await context.close();
      }
    });
}
