import { PassThrough } from 'node:stream';
import type { Command, Option } from 'commander';
import { pathOf, usageOf } from '../../src/cli/command-line.js';
import { globalOptions, ownOptions, readDescription } from '../../src/cli/help.js';
import { makeTerminal } from '../../src/cli/terminal.js';
import { EXIT_CODES } from '../../src/errors.js';
import { COMMANDS, makeProgram } from '../../src/program.js';

/** The program with the files of all its commands loaded, as for a terminal of this width. */
export function wholeProgram(width = 80): Promise<Command> {
  const [stdin, stderr] = [new PassThrough(), new PassThrough()];
  const stdout = Object.assign(new PassThrough(), { columns: width, isTTY: true });
  const names = COMMANDS.map(({ name }) => name);
  return makeProgram(names, makeTerminal({ stdin, stdout, stderr, env: { NO_COLOR: '1' } }, names));
}

/** A command and all below it, in the order of the overview. */
export function withSubcommands(command: Command): Command[] {
  return [command, ...command.commands.flatMap(withSubcommands)];
}

const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll('<', '&lt;');

function optionTable(options: readonly Option[]): string[] {
  if (options.length === 0) return [];
  const rows = options.map(
    ({ flags, description }) => `| \`${flags.replaceAll('|', '\\|')}\` | ${cell(description)} |`,
  );
  return ['| option | what it does |', '|---|---|', ...rows, ''];
}

function section(command: Command): string[] {
  const { paragraphs, examples } = readDescription(command);
  const depth = '#'.repeat(pathOf(command).split(' ').length);
  const column = Math.max(...examples.map((example) => (example.comment === '' ? 0 : example.command.length))) + 2;
  return [
    `${depth} ${pathOf(command)}`,
    '',
    `\`${usageOf(command)}\``,
    '',
    ...paragraphs.flatMap((text) => [cell(text), '']),
    '```sh',
    ...examples.map((one) => (one.comment === '' ? one.command : `${one.command.padEnd(column)}# ${one.comment}`)),
    '```',
    '',
    ...command.registeredArguments.flatMap((argument) => [`- \`${argument.name()}\`: ${cell(argument.description)}`]),
    ...(command.registeredArguments.length > 0 ? [''] : []),
    ...optionTable(ownOptions(command)),
    ...command.commands.flatMap(section),
  ];
}

/** docs/cli.md, from what the commands say of themselves. */
export async function cliReference(): Promise<string> {
  const program = await wholeProgram();
  const headings = [...new Set(program.commands.map((command) => command.helpGroup()))];
  const overview = headings.map((heading) => {
    const commands = program.commands.filter((command) => command.helpGroup() === heading);
    return `- ${heading} ${commands.map((one) => `[\`${one.name()}\`](#drason-${one.name()})`).join(' · ')}`;
  });
  const lines = [
    '# The command line',
    '',
    'Written by `npm run docs` from what the commands say of themselves (`drason COMMAND --help`): change them, not this page.',
    '',
    ...overview,
    '',
    ...program.commands.flatMap(section),
    '## Options of every command',
    '',
    ...optionTable(globalOptions(program)),
    '## Exit codes',
    '',
    '| code | meaning |',
    '|---|---|',
    ...EXIT_CODES.map(([code, meaning]) => `| ${code} | ${meaning} |`),
    '',
    'Of several that apply: 1, then the signals, 4, 5, 6, 3. [The contract](contract.md#exit-codes) has the details.',
    '',
  ];
  return lines.join('\n');
}
