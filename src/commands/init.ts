import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { z } from 'zod';
import { readOptions } from '../cli/options.js';
import { openQuestions, type Questions } from '../cli/questions.js';
import type { Terminal } from '../cli/terminal.js';
import type { FirstAnswers, FirstRule } from '../config/first-rules.js';
import { systemReason } from '../config/read-capped.js';
import { UsageError } from '../errors.js';
import { commandFlags } from '../monitor/command-flags.js';
import { counted } from '../wording.js';

const optionsSchema = z.object({ yes: z.boolean().default(false), rules: z.string().min(1).optional() });

/** `drason init` */
export function define(program: Command, terminal: Terminal): void {
  program
    .command('init')
    .summary('write a commented rules file')
    .description(
      `Writes a rules file to begin with: every setting with its default and what it means, rules, and tests for them. On
a terminal it asks for the first rules; every question has a default. It never writes over a file that is there.

Examples:
  $ drason init
  $ drason init --yes                     ask nothing: the example as it comes
  $ drason init clients/acme.yaml         somewhere else than ./rules.yaml`,
    )
    .argument('[file]', 'where to (default: --rules, $DRASON_RULES, ./rules.yaml)')
    .option('-y, --yes', 'ask nothing, take every default; so do --json, --quiet and anything but a terminal')
    .action(async (file: string | undefined, _options, command: Command) => {
      const options = readOptions(optionsSchema, command.optsWithGlobals());
      if (file !== undefined && options.rules !== undefined) {
        throw new UsageError('init takes a file or --rules, not both', 'Leave one of them out.');
      }
      await init(terminal, file ?? options.rules, options.yes);
    });
}

async function init(terminal: Terminal, asked: string | undefined, yes: boolean): Promise<void> {
  const path = resolve(asked ?? (terminal.env.DRASON_RULES || 'rules.yaml'));
  if (existsSync(path)) throw taken(path);
  const [{ DEFAULT_ANSWERS, firstRulesFile }, { loadRulesFile, pickOrganization }] = await Promise.all([
    import('../config/first-rules.js'),
    import('../config/load.js'),
  ]);
  const answers = yes || !mayAsk(terminal) ? DEFAULT_ANSWERS : await askFor(terminal);
  write(path, firstRulesFile(answers));
  const { rules, tests } = pickOrganization(loadRulesFile(path));

  const flags = asked === undefined || path === resolve('rules.yaml') ? '' : ` ${commandFlags({ rules: asked })}`;
  const next = [
    ['export SMARTLEAD_API_KEY=…', 'your key: never in the file; the sandbox needs none'],
    [`drason rules test${flags}`, 'the tests in the file; with a lead file, where each lead would go'],
    [`drason ingest leads.csv --sandbox${flags}`, 'a rehearsal: nothing leaves this machine'],
    [`drason doctor${flags}`, 'is everything set up?'],
  ] as const;
  if (terminal.json) {
    const commands = next.slice(1).map(([command]) => command);
    const facts = { schema: 1, path, organization: answers.organization, rules: rules.length, tests: tests.length };
    await terminal.data(`${JSON.stringify({ ...facts, next: commands })}\n`);
  } else if (!terminal.quiet) {
    const column = Math.max(...next.map(([command]) => command.length)) + 3;
    const lines = next.map(([command, what]) => `  ${command.padEnd(column)}${terminal.colors.dim(what)}\n`);
    await terminal.data(`Wrote ${path}: ${counted(rules.length, 'rule')}, ${counted(tests.length, 'test')}.\n`);
    await terminal.data(`${terminal.colors.bold('Next')}\n${lines.join('')}`);
  }
}

function taken(path: string): UsageError {
  return new UsageError(`${path} is there already; it was left as it is`, 'Name another file: drason init other.yaml');
}

function write(path: string, text: string): void {
  try {
    writeFileSync(path, text, { flag: 'wx' });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'EEXIST') throw taken(path);
    if (code === 'ENOSPC') {
      rmSync(path, { force: true });
      throw error;
    }
    const why = code === 'ENOENT' ? 'its folder does not exist' : systemReason(error);
    throw new UsageError(`${path} cannot be written: ${why}`, 'Name another place: drason init FILE');
  }
}

function mayAsk({ streams, json, quiet }: Terminal): boolean {
  return streams.stdin.isTTY === true && streams.stdout.isTTY === true && !json && !quiet;
}

async function askFor(terminal: Terminal): Promise<FirstAnswers> {
  const { organizationName } = await import('../config/checks.js');
  const questions = openQuestions(terminal.streams);
  try {
    terminal.say('A few questions; Enter takes what is in brackets. Everything can be changed in the file.');
    const organization = await questions.ask('Name of the organization', 'default', organizationName);
    const rules = [await askRule(questions, [], { persona: 'VP Sales', score: '80', campaign: '123456' })];
    while (await questions.ask('Another rule? (y/n)', 'n', yesOrNo)) {
      const campaign = rules.at(-1)?.campaignId ?? '';
      rules.push(await askRule(questions, rules, { persona: '*', score: '0', campaign }));
    }
    const databaseBeside = await questions.ask('Keep the database beside the rules file? (y/n)', 'n', yesOrNo);
    return { organization, databaseBeside, rules };
  } finally {
    questions.close();
  }
}

const yesOrNo = z
  .string()
  .regex(/^(y|yes|n|no)$/i, 'y or n')
  .transform((answer) => /^y/i.test(answer));
const score = z
  .string()
  .regex(/^-?\d{1,9}(\.\d{1,3})?$/, 'a number, such as 80')
  .transform(Number);

async function askRule(
  questions: Questions,
  before: readonly FirstRule[],
  defaults: { persona: string; score: string; campaign: string },
): Promise<FirstRule> {
  const { campaignId, text } = await import('../config/checks.js');
  const persona = await questions.ask('Persona of the leads ("*" for anyone)', defaults.persona, text);
  const same = before.filter((rule) => rule.persona.toUpperCase() === persona.toUpperCase());
  const free = score.refine((n) => same.every(({ minScore }) => minScore !== n), 'there is a rule with this score');
  const minScore = await questions.ask('  their lowest score', defaults.score, free);
  return {
    persona,
    minScore,
    campaignId: await questions.ask('  Smartlead campaign id', defaults.campaign, campaignId),
  };
}
