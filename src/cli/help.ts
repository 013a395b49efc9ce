import type { Command, Help, Option } from 'commander';
import { EXIT_CODES } from '../errors.js';
import { pathOf } from './command-line.js';
import type { Terminal } from './terminal.js';

/** A command to copy, and what it is for. */
export interface Example {
  command: string;
  comment: string;
}

/** A command's description: paragraphs, and the examples that follow the line "Examples:". */
export function readDescription(command: Command): { paragraphs: string[]; examples: Example[] } {
  const paragraphs: string[] = [];
  const examples: Example[] = [];
  for (const block of command.description().split(/\n\s*\n/)) {
    if (!block.startsWith('Examples:\n')) {
      paragraphs.push(block.replace(/\s*\n\s*/g, ' '));
      continue;
    }
    for (const line of block.split('\n').slice(1)) {
      const [, typed = line.trim(), comment = ''] = /^ *\$ (.*?)(?: {2,}(.*))?$/.exec(line) ?? [];
      examples.push({ command: typed, comment });
    }
  }
  return { paragraphs, examples };
}

/** The options of every command: those of the program itself, help among them. */
export function globalOptions(command: Command): Option[] {
  let root = command;
  while (root.parent) root = root.parent;
  return [...root.createHelp().visibleOptions(root)];
}

/** A command's own options, without help. */
export function ownOptions(command: Command): readonly Option[] {
  return command.parent ? command.options.filter((option) => !option.hidden) : [];
}

/** Widths below which a column of descriptions is no longer worth having, and lines longer than people read. */
const NARROWEST = 24;
const WIDEST = 100;

/** What makes commander show help as drason does: examples before options, what all commands share at the end. */
export function helpSettings(terminal: Terminal): Partial<Help> {
  const { bold, dim } = terminal.colors;
  const width = Math.min(terminal.width ?? WIDEST, WIDEST);

  /** Two columns where they fit, else one below the other. */
  function list(heading: string, rows: ReadonlyArray<readonly [string, string]>, helper: Help): string[] {
    if (rows.length === 0) return [];
    const column = Math.max(...rows.map(([term]) => term.length)) + 2;
    const beside = width - column - 2 >= NARROWEST;
    const lines = rows.flatMap(([term, text]) => {
      const [first = '', ...more] = helper.boxWrap(text, beside ? width - column - 2 : width - 6).split('\n');
      if (!beside) return [`  ${term}`, ...[first, ...more].map((line) => `      ${line}`)];
      return [`  ${term.padEnd(column)}${first}`.trimEnd(), ...more.map((line) => ' '.repeat(column + 2) + line)];
    });
    return [bold(heading), ...lines, ''];
  }

  function exampleLines(examples: readonly Example[], helper: Help): string[] {
    if (examples.length === 0) return [];
    const column = Math.max(...examples.map(({ command, comment }) => (comment === '' ? 0 : command.length))) + 3;
    const beside = examples.every(({ comment }) => comment === '' || 4 + column + comment.length <= width);
    const lines = examples.flatMap(({ command, comment }) => {
      if (comment === '') return broken(command);
      if (beside) return [`  $ ${command.padEnd(column)}${dim(comment)}`];
      const below = helper.boxWrap(comment, width - 6).split('\n');
      return [...broken(command), ...below.map((line) => `      ${dim(line)}`)];
    });
    return [bold('Examples:'), ...lines, ''];
  }

  /** A command that is too long for the line, continued so that it can still be copied. */
  function broken(command: string): string[] {
    const lines = ['  $'];
    for (const word of command.match(/(?:"[^"]*"|'[^']*'|\S)+/g) ?? []) {
      const line = lines.pop() ?? '';
      const fits = line === '  $' || line.length + word.length + 3 <= width;
      lines.push(...(fits ? [`${line} ${word}`] : [`${line} \\`, `      ${word}`]));
    }
    return lines;
  }

  function commandGroups(command: Command, helper: Help): string[] {
    const groups = new Map<string, Array<readonly [string, string]>>();
    for (const one of command.commands) {
      const heading = one.helpGroup() || 'Commands:';
      const term = command.parent ? `${one.name()} ${one.usage().replace('[options]', '').trim()}`.trim() : one.name();
      groups.set(heading, [...(groups.get(heading) ?? []), [term, one.summary()]]);
    }
    return [...groups].flatMap(([heading, rows]) => list(heading, rows, helper));
  }

  const optionRow = (option: Option) => [option.flags, option.description] as const;

  return {
    helpWidth: width,
    minWidthToWrap: NARROWEST,
    formatHelp(command, helper) {
      const { paragraphs, examples } = readDescription(command);
      const globals = globalOptions(command);
      const names = globals.flatMap(({ long }) => (long && long !== '--version' ? [long] : []));
      return [
        `${bold('Usage:')} ${helper.commandUsage(command)}`,
        '',
        ...paragraphs.flatMap((text) => [helper.boxWrap(text, width), '']),
        ...exampleLines(examples, helper),
        ...commandGroups(command, helper),
        ...list(
          'Arguments:',
          helper.visibleArguments(command).map((argument) => [argument.name(), argument.description]),
          helper,
        ),
        ...list('Options:', ownOptions(command).map(optionRow), helper),
        ...(command.parent
          ? [helper.boxWrap(`${bold('Everywhere:')} ${names.join(' ')}  (see drason --help)`, width)]
          : [
              ...list('Options of every command:', globals.map(optionRow), helper),
              ...list('Exit codes:', EXIT_CODES, helper),
              helper.boxWrap(`${pathOf(command)} COMMAND --help shows the rest.`, width),
            ]),
        '',
      ].join('\n');
    },
  };
}
