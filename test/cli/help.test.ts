import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import { pathOf } from '../../src/cli/command-line.js';
import { globalOptions, readDescription } from '../../src/cli/help.js';
import { EXIT_CODES } from '../../src/errors.js';
import { COMMANDS } from '../../src/program.js';
import { cliReference, wholeProgram, withSubcommands } from '../helpers/cli-reference.js';
import { manPage } from '../helpers/man-page.js';

const program = await wholeProgram();
const all = withSubcommands(program);
const eachCommand = all.map((command) => [pathOf(command), command] as const);

test('docs/cli.md is what the commands say; npm run docs writes it and the man page anew', async () => {
  await expect(await cliReference()).toMatchFileSnapshot('../../docs/cli.md');
});

test('man/drason.1 says the same, in roff without a fault', async () => {
  const page = await manPage();
  await expect(page).toMatchFileSnapshot('../../man/drason.1');
  for (const path of all.slice(1).map(pathOf))
    expect(page).toContain(`\n.SS ${path.replace('drason ', '').replaceAll('-', '\\-')}\n`);
  const check = spawnSync('mandoc', ['-T', 'lint', '-W', 'warning'], { input: page, encoding: 'utf8' });
  if (check.error === undefined) expect(check.stdout.replace(/.*missing date.*\n/g, '')).toBe('');
});

test('every command of the table is loaded, says what its line in the overview says, and is under a heading', () => {
  const shown = program.commands.map((command) => [command.name(), command.summary()]);
  expect(Object.fromEntries(shown)).toEqual(Object.fromEntries(COMMANDS.map(({ name, summary }) => [name, summary])));
  expect(program.commands.map((command) => command.helpGroup())).not.toContain('Other commands:');
});

describe.each(eachCommand)('%s', (_path, command) => {
  test('says what it is for, with examples, and describes every argument and option', () => {
    const { paragraphs, examples } = readDescription(command);
    expect(paragraphs.join(' ')).toMatch(/\w{3,} \w+/);
    expect(examples.length).toBeGreaterThan(0);
    for (const argument of command.registeredArguments) expect(argument.description, argument.name()).not.toBe('');
    for (const option of command.options) expect(option.description, option.flags).not.toBe('');
  });

  test('its examples are commands that exist, with flags that they take', () => {
    const ours = readDescription(command).examples.filter(({ command: typed }) => /(?:^| )drason /.test(typed));
    expect(ours.length).toBeGreaterThan(0);
    for (const { command: typed } of ours) {
      const words = (/(?:^| )drason (.*)$/.exec(typed)?.[1] ?? '').match(/(?:"[^"]*"|'[^']*'|\S)+/g) ?? [];
      let named: Command = program;
      for (const word of words) named = named.commands.find((one) => one.name() === word) ?? named;
      expect(pathOf(named), typed).toMatch(/^drason \w/);
      const flags = [...named.options, ...globalOptions(named)].map(({ long }) => long);
      for (const word of words) if (/^--\w/.test(word)) expect(flags, typed).toContain(word.split('=')[0]);
    }
  });
});

test.each([60, 80, 200])('help fits a terminal of %i columns', async (width) => {
  for (const command of withSubcommands(await wholeProgram(width))) {
    const lines = command.helpInformation().split('\n');
    for (const line of lines) expect(line.length, `${pathOf(command)}: ${line}`).toBeLessThanOrEqual(width);
    const places = ['Examples:', 'Arguments:', 'Options:', 'Everywhere:'].map((heading) =>
      lines.findIndex((line) => line.startsWith(heading)),
    );
    const found = places.filter((place) => place >= 0);
    expect(found, `${pathOf(command)}: examples first`).toEqual(found.toSorted((a, b) => a - b));
    expect(places[0], pathOf(command)).toBeGreaterThan(0);
  }
});

test('the exit codes of the overview are those of the contract', () => {
  const contract = readFileSync(new URL('../../docs/contract.md', import.meta.url), 'utf8');
  const section = contract.slice(contract.indexOf('## Exit codes'), contract.indexOf('Of several that apply'));
  const codes = [...section.matchAll(/^\| (\d[\d, ]*) \|/gm)].map(([, code]) => code);
  expect(EXIT_CODES.map(([code]) => code)).toEqual(codes);
});
