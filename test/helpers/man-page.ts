import type { Command, Option } from 'commander';
import { pathOf, usageOf } from '../../src/cli/command-line.js';
import { globalOptions, ownOptions, readDescription } from '../../src/cli/help.js';
import { EXIT_CODES } from '../../src/errors.js';
import { version } from '../../src/version.js';
import { wholeProgram, withSubcommands } from './cli-reference.js';

/** Text as roff takes it: nothing at the beginning of a line, and no hyphen, means more than it says. */
function plain(text: string): string {
  const escaped = text.replaceAll('\\', '\\e').replaceAll('-', '\\-').replace(/^[.']/gm, '\\&$&');
  return escaped
    .replaceAll('…', '...')
    .replace(/[≥→−]/g, (sign) => ({ '≥': '\\(>=', '→': '\\(->', '−': '\\-' })[sign] ?? sign);
}

const tagged = (rows: ReadonlyArray<readonly [term: string, text: string]>) =>
  rows.flatMap(([term, text]) => ['.TP', `.B ${plain(term)}`, plain(text)]);
const optionRows = (options: readonly Option[]) =>
  tagged(options.map(({ flags, description }) => [flags, description] as const));

function examples(command: Command): string[] {
  const lines = readDescription(command).examples.map(({ command: typed, comment }) =>
    comment === '' ? plain(typed) : `${plain(typed)}\n    # ${plain(comment)}`,
  );
  return lines.length === 0 ? [] : ['.PP', '.nf', '.RS', ...lines, '.RE', '.fi'];
}

function section(command: Command): string[] {
  const [first = '', ...more] = readDescription(command).paragraphs;
  const args = command.registeredArguments.map((one) => [one.name(), one.description] as const);
  return [
    `.SS ${plain(pathOf(command).replace(/^drason /, ''))}`,
    `.B ${plain(usageOf(command))}`,
    '.PP',
    plain(first),
    ...more.flatMap((text) => ['.PP', plain(text)]),
    ...examples(command),
    ...tagged(args),
    ...optionRows(ownOptions(command)),
  ];
}

/** man/drason.1, from what the commands say of themselves. */
export async function manPage(): Promise<string> {
  const program = await wholeProgram();
  const [about = '', ...more] = readDescription(program).paragraphs;
  const lines = [
    '.\\" Written by `npm run docs` from what the commands say of themselves.',
    `.TH DRASON 1 "" "drason ${version()}" "User Commands"`,
    '.SH NAME',
    'drason \\- sales leads from files, routed into Smartlead campaigns, and proven there',
    '.SH SYNOPSIS',
    `.B ${plain(usageOf(program))}`,
    '.SH DESCRIPTION',
    plain(about),
    ...more.flatMap((text) => ['.PP', plain(text)]),
    ...examples(program),
    '.SH COMMANDS',
    ...withSubcommands(program).slice(1).flatMap(section),
    '.SH OPTIONS',
    'Every command takes them.',
    ...optionRows(globalOptions(program)),
    '.SH EXIT STATUS',
    ...tagged(EXIT_CODES),
    '.PP',
    'Of several that apply: 1, then the signals, 4, 5, 6, 3.',
    '',
  ];
  return lines.join('\n');
}
