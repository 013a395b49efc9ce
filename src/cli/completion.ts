/** What the Tab key offers: where the cursor is in a command line, and what may stand there. */
import type { Argument, Command, Option } from 'commander';
import type { Candidate, Offered, ValueSource } from './completion-values.js';
import { globalOptions, ownOptions } from './help.js';

/** Where the word to be completed stands. */
interface Place {
  command: Command;
  /** The option whose value it is. */
  option: Option | undefined;
  /** How many arguments stand before it. */
  operands: number;
  /** A `--` stands before it: it is no flag. */
  onlyOperands: boolean;
}

const optionsOf = (command: Command) => [...ownOptions(command), ...globalOptions(command)];
const optionNamed = (command: Command, word: string) =>
  optionsOf(command).find(({ long, short }) => word === long || word === short);

function placeAfter(program: Command, words: readonly string[]): Place {
  const place: Place = { command: program, option: undefined, operands: 0, onlyOperands: false };
  for (const word of words) {
    if (place.option) {
      place.option = undefined;
    } else if (word === '--' && !place.onlyOperands) {
      place.onlyOperands = true;
    } else if (word.startsWith('-') && word !== '-' && !place.onlyOperands) {
      const option = optionNamed(place.command, word);
      if (option?.required) place.option = option;
    } else {
      const below = place.command.commands.find((one) => one.name() === word);
      if (below && place.operands === 0) place.command = below;
      else place.operands++;
    }
  }
  return place;
}

function argumentAt({ command, operands }: Place): Argument | undefined {
  const last = command.registeredArguments.at(-1);
  return command.registeredArguments[operands] ?? (last?.variadic ? last : undefined);
}

function optionCandidates(command: Command, words: readonly string[]): Candidate[] {
  return optionsOf(command).flatMap(({ long, short, description }) => {
    const given = words.some((word) => word === long || word === short);
    return long && !given ? [{ value: long, about: description }] : [];
  });
}

/** Bash makes three words of `--format=csv`: the sign in the middle says nothing. */
function withoutEqualSigns(words: readonly string[]): string[] {
  const plain = words.map((word, at) => (word === '=' && at === words.length - 1 ? '' : word));
  return plain.filter((word, at) => word !== '=' || !words[at - 1]?.startsWith('--'));
}

function startingWith(offered: Offered, typed: string, before = ''): Offered {
  if (offered === 'files') return offered;
  return offered
    .filter(({ value }) => value.startsWith(typed))
    .map(({ value, about }) => ({ value: before + value, about }));
}

/**
 * What may stand where the last word is, as far as it is typed; `files`: the shell is to offer files. `words`: all up to
 * the cursor, without `drason`.
 */
export async function complete(program: Command, words: readonly string[], valuesOf: ValueSource): Promise<Offered> {
  const before = withoutEqualSigns(words[0] === 'help' ? words.slice(1) : words);
  const current = before.pop() ?? '';
  const place = placeAfter(program, before);
  const { command, option } = place;
  if (option) return startingWith(await valuesOf(command, option, current), current);
  const [, flag, value] = /^(--[a-z-]+)=(.*)$/s.exec(current) ?? [];
  if (flag !== undefined && value !== undefined) {
    const named = optionNamed(command, flag);
    return named ? startingWith(await valuesOf(command, named, value), value, `${flag}=`) : [];
  }
  if (current.startsWith('-') && current !== '-' && !place.onlyOperands) {
    return startingWith(optionCandidates(command, before), current);
  }
  if (command.commands.length > 0 && place.operands === 0) {
    const below = command.commands.map((one) => ({ value: one.name(), about: one.summary() }));
    return startingWith(below, current);
  }
  const argument = argumentAt(place);
  return argument ? startingWith(await valuesOf(command, argument, current), current) : [];
}
