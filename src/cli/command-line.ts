import { type AddHelpTextContext, Command, type ErrorOptions } from 'commander';
import { UsageError } from '../errors.js';
import { counted, didYouMean } from '../text/wording.js';
import { knownElsewhere } from './habits.js';

/** A command as it is typed: `drason rules test`. */
export function pathOf(command: Command): string {
  return command.parent ? `${pathOf(command.parent)} ${command.name()}` : command.name();
}

/** The flags that a command takes, its own and those of every command. */
function flagsOf(command: Command): Set<string> {
  const own = command.options.flatMap(({ long }) => (long ? [long] : []));
  return new Set([...own, ...(command.parent ? flagsOf(command.parent) : [])]);
}

function unknownCommand(command: Command, word: string): UsageError {
  const known = command.commands.map((one) => one.name());
  const usual = knownElsewhere(word, known);
  const meant = usual === undefined ? didYouMean(word, known) : `; did you mean "${usual}"?`;
  return new UsageError(`unknown command "${word}"${meant}`, `Run: ${pathOf(command)} --help`);
}

/** A command whose mistakes in the arguments are usage errors of one line, with the next step. */
export class CommandLine extends Command {
  override createCommand(name?: string): CommandLine {
    return new CommandLine(name);
  }

  override error(message: string, { code }: ErrorOptions = {}): never {
    const next = `Run: ${pathOf(this)} --help`;
    const [word = ''] = this.args;
    if (code === 'commander.unknownCommand') throw unknownCommand(this, word);
    if (code === 'commander.excessArguments') {
      const takes = this.registeredArguments.length;
      const found = this.args.slice(takes).map((arg) => `"${arg}"`);
      const taken = takes === 0 ? 'no arguments' : counted(takes, 'argument');
      throw new UsageError(`${this.name()} takes ${taken}; ${found.join(', ')} is too much`, next);
    }
    if (/unknown option '(--format|-o)\b/.test(message)) {
      throw new UsageError(
        `${this.name()} prints no list, so it takes no --format`,
        `Use --json, or run: ${next.slice(5)}`,
      );
    }
    // Commander puts its suggestion for a flag on a second line.
    const line = message.replace(/^error: /, '').replace(/\s*\(Did you mean (.*)\?\)$/, '; did you mean $1?');
    throw new UsageError(line, code === 'commander.missingArgument' ? `Usage: ${usageOf(this)}` : next);
  }
}

/** How a command is used, in one line. */
export function usageOf(command: Command): string {
  return command.createHelp().commandUsage(command);
}

/** Help stands in for what commander would not name: a command that is missing, or one that does not exist. */
export function refuseHelp({ command, error }: AddHelpTextContext): string {
  const [word] = command.args;
  const known = command.commands.map((one) => one.name());
  if (error) {
    const example = `${pathOf(command)} ${known[0] ?? ''}`;
    const width = Math.max(...command.commands.map((one) => pathOf(one).length));
    const lines = command.commands.map((one) => `  ${pathOf(one).padEnd(width)}  ${one.summary()}`);
    const next = [...lines, `Run: ${pathOf(command)} --help`].join('\n');
    throw new UsageError(`a command is missing, such as ${example}`, next);
  }
  const named = word !== undefined && known.length > 0 && !word.startsWith('-') && word !== 'help';
  if (named && !known.includes(word)) throw unknownCommand(command, word);
  return '';
}

/**
 * Commander takes an option of a command for its subcommands, too, and leaves it at that: one that a subcommand does not
 * name itself is refused, not ignored.
 */
export function refuseForeignOptions(command: Command): void {
  const own = new Set(command.options.map((option) => option.attributeName()));
  for (let above = command.parent; above?.parent; above = above.parent) {
    for (const option of above.options) {
      const name = option.attributeName();
      if (own.has(name) || above.getOptionValueSource(name) !== 'cli') continue;
      throw new UsageError(`${command.name()} takes no ${option.long}`, `Run: ${pathOf(command)} --help`);
    }
  }
}

/** A flag whose value was forgotten takes the next flag for it; nothing that begins so is meant as a value. */
export function refuseFlagsAsValues(command: Command): void {
  const flags = flagsOf(command);
  for (const [name, value] of Object.entries(command.optsWithGlobals<Record<string, unknown>>())) {
    const taken = [value].flat().find((one) => typeof one === 'string' && flags.has(one));
    if (taken === undefined) continue;
    const flag = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    throw new UsageError(`--${flag} needs a value, and ${taken} is a flag`, `Run: ${pathOf(command)} --help`);
  }
}
