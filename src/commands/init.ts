import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { z } from 'zod';
import { type Context, makeContext } from '../cli/context.js';
import { readOptions } from '../cli/options.js';
import { outputFor } from '../cli/output-for.js';
import { openQuestions, type Questions } from '../cli/questions.js';
import type { Terminal } from '../cli/terminal.js';
import type { FirstAnswers, FirstRule } from '../config/first-rules.js';
import { systemReason } from '../config/read-capped.js';
import { UsageError } from '../errors.js';
import { type Output, unfinishedName } from '../output-file.js';
import type { Proposal } from '../pipeline/propose-rules.js';
import { commandFlags, quoteArgument } from '../text/command-flags.js';
import { counted } from '../text/wording.js';

const optionsSchema = z.object({
  yes: z.boolean().default(false),
  rules: z.string().min(1).optional(),
  from: z.string().min(1).optional(),
  force: z.boolean().default(false),
});

/** `drason init` */
export function define(program: Command, terminal: Terminal): void {
  program
    .command('init')
    .summary('write a commented rules file')
    .description(
      `Writes a rules file to begin with: every setting with its default and what it means, rules, and tests for them. On
a terminal it asks for the first rules; every question has a default. It never writes over a file that is there.
The organization gets the name of the folder, and a database of its own beside the rules file: clients in two folders
never meet. With --from the rules are proposed from the personas and scores of an export.

Examples:
  $ drason init
  $ drason init --yes                     ask nothing: the example as it comes
  $ drason init --from leads.csv          rules for the personas and scores in there
  $ drason init clients/acme.yaml         somewhere else than ./rules.yaml`,
    )
    .argument('[file]', 'where to (default: --rules, $DRASON_RULES, ./rules.yaml)')
    .option('-y, --yes', 'ask nothing, take every default; so do --json, --quiet and anything but a terminal')
    .option('--force', 'replace the rules file that is there')
    .option('--from <file>', 'propose rules from the personas and scores of this lead file; - for stdin')
    .action(async (file: string | undefined, _options, command: Command) => {
      const options = readOptions(optionsSchema, command.optsWithGlobals());
      if (file !== undefined && options.rules !== undefined) {
        throw new UsageError('init takes a file or --rules, not both', 'Leave one of them out.');
      }
      await init(makeContext(command, terminal), file ?? options.rules, options);
    });
}

async function init(
  context: Context,
  asked: string | undefined,
  { yes, from, force }: z.infer<typeof optionsSchema>,
): Promise<void> {
  const { terminal } = context;
  const named = asked ?? (terminal.env.DRASON_RULES || undefined);
  const path = resolve(named ?? (existsSync('rules.yml') ? 'rules.yml' : 'rules.yaml'));
  const output = placeFor(context, path, force);
  const [{ defaultAnswers, firstRulesFile }, { loadRulesFile, pickOrganization }] = await Promise.all([
    import('../config/first-rules.js'),
    import('../config/load.js'),
  ]);
  const proposal = from === undefined ? { rules: [], notes: [] } : await propose(terminal, from);
  const defaults = { ...defaultAnswers(path), rules: proposal.rules };
  const answers = yes || !mayAsk(terminal) || from === '-' ? defaults : await askFor(terminal, defaults);
  write(output, firstRulesFile(answers));
  const { database, ...file } = loadRulesFile(path);
  const { rules, tests } = pickOrganization(file);

  const flags = asked === undefined || path === resolve('rules.yaml') ? '' : ` ${commandFlags({ rules: asked })}`;
  const leads = from === undefined || from === '-' ? 'leads.csv' : quoteArgument(from);
  const next = [
    ['export SMARTLEAD_API_KEY=…', 'your key: never in the file; the sandbox needs none'],
    from === undefined || from === '-'
      ? [`drason rules test${flags}`, 'the tests in the file; with a lead file, where each lead would go']
      : [`drason rules test ${quoteArgument(from)}${flags}`, 'where each lead would go'],
    [`drason ingest ${leads} --sandbox${flags}`, 'a rehearsal: nothing leaves this machine'],
    [`drason doctor${flags}`, 'is everything set up?'],
  ] as const;
  if (terminal.json) {
    const commands = next.slice(1).map(([command]) => command);
    const { organization } = answers;
    const facts = { schema: 1, path, organization, database: database ?? null };
    const counts = { rules: rules.length, tests: tests.length, notes: proposal.notes };
    await terminal.data(`${JSON.stringify({ ...facts, ...counts, next: commands })}\n`);
  } else if (!terminal.quiet) {
    const column = Math.max(...next.map(([command]) => command.length)) + 3;
    const lines = next.map(([command, what]) => `  ${command.padEnd(column)}${terminal.colors.dim(what)}\n`);
    await terminal.data(`Wrote ${path}: ${counted(rules.length, 'rule')}, ${counted(tests.length, 'test')}.\n`);
    await terminal.data(`Organization ${answers.organization}, database ${database ?? 'in your data directory'}.\n`);
    for (const note of proposal.notes) await terminal.data(`${note}\n`);
    await terminal.data(`${terminal.colors.bold('Next')}\n${lines.join('')}`);
  }
}

/** A rules file that is there is left as it is; --force replaces it, but nothing that no output may replace. */
function placeFor(context: Context, path: string, force: boolean): Output {
  const output = outputFor(context, { file: path, what: 'the rules file', force, replacesOwn: false, isRules: true });
  if (output.isStream) throw new UsageError(`${path} is a device or a pipe`, 'Name a file: drason init FILE');
  return output;
}

function write(output: Output, text: string): void {
  const unfinished = unfinishedName(output.path);
  try {
    writeFileSync(unfinished, text, { flag: 'wx' });
    output.put(unfinished);
  } catch (error) {
    rmSync(unfinished, { force: true });
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (error instanceof UsageError || code === 'ENOSPC') throw error;
    throw new UsageError(
      `${output.file} cannot be written: ${systemReason(error)}`,
      'Name another place: drason init FILE',
    );
  }
}

function mayAsk({ streams, json, quiet }: Terminal): boolean {
  return streams.stdin.isTTY === true && streams.stdout.isTTY === true && !json && !quiet;
}

/** Rules for what is in an export, read as ingest reads it with the settings of a new rules file. */
async function propose(terminal: Terminal, from: string): Promise<Proposal> {
  const [{ openLeadFiles }, { proposeRules }] = await Promise.all([
    import('../pipeline/lead-files.js'),
    import('../pipeline/propose-rules.js'),
  ]);
  const signFields = { unsubscribed: [], bounced: [], verifier: [], ignore: [] };
  const config = { fields: {}, signFields, customFields: 'all' } as const;
  const files = await openLeadFiles([from], config, { map: [] }, terminal.streams.stdin);
  try {
    return await proposeRules(files);
  } finally {
    await files.close();
  }
}

async function askFor(terminal: Terminal, defaults: FirstAnswers): Promise<FirstAnswers> {
  const { organizationName } = await import('../config/checks.js');
  const questions = openQuestions(terminal.streams);
  try {
    terminal.say('A few questions; Enter takes what is in brackets. Everything can be changed in the file.');
    const organization = await questions.ask('Name of the organization', defaults.organization, organizationName);
    const rules = defaults.rules.length > 0 ? await askCampaigns(questions, defaults.rules) : await askRules(questions);
    const beside = await questions.ask('Keep the database beside the rules file? (y/n)', 'y', yesOrNo);
    return { organization, database: beside ? defaults.database : undefined, rules };
  } finally {
    questions.close();
  }
}

/** Of a proposed rule only the campaign cannot be known. */
async function askCampaigns(questions: Questions, proposed: readonly FirstRule[]): Promise<FirstRule[]> {
  const { campaignId } = await import('../config/checks.js');
  const rules: FirstRule[] = [];
  for (const rule of proposed) {
    const who = `Smartlead campaign id for ${rule.personas.join(', ')} from ${rule.minScore} (${rule.note})`;
    rules.push({ ...rule, campaignId: await questions.ask(who, rule.campaignId, campaignId) });
  }
  return rules;
}

async function askRules(questions: Questions): Promise<FirstRule[]> {
  const rules = [await askRule(questions, [], { personas: 'VP Sales', score: '80', campaign: '123456' })];
  while (await questions.ask('Another rule? (y/n)', 'n', yesOrNo)) {
    const campaign = rules.at(-1)?.campaignId ?? '';
    rules.push(await askRule(questions, rules, { personas: '*', score: '0', campaign }));
  }
  return rules;
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
  defaults: { personas: string; score: string; campaign: string },
): Promise<FirstRule> {
  const [{ campaignId, text }, { keyOf, splitPersonas }] = await Promise.all([
    import('../config/checks.js'),
    import('../config/first-rules.js'),
  ]);
  const several = text.transform(splitPersonas).refine((named) => named.length > 0, 'must not be empty');
  const question = 'Personas of the leads, comma-separated ("*" for anyone)';
  const personas = await questions.ask(question, defaults.personas, several);
  const keys = new Set(personas.map(keyOf));
  const same = before.filter((rule) => rule.personas.some((persona) => keys.has(keyOf(persona))));
  const free = score.refine((n) => same.every(({ minScore }) => minScore !== n), 'there is a rule with this score');
  const minScore = await questions.ask('  their lowest score', defaults.score, free);
  return {
    personas,
    minScore,
    campaignId: await questions.ask('  Smartlead campaign id', defaults.campaign, campaignId),
  };
}
