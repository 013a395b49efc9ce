import type { Command } from 'commander';
import { z } from 'zod';
import { canonicalAddress } from '../address.js';
import { type Context, withContext } from '../cli/context.js';
import { readOptions } from '../cli/options.js';
import { type Column, pickFormat, printRows } from '../cli/output.js';
import type { Terminal } from '../cli/terminal.js';
import { UsageError } from '../errors.js';
import { counted, printable } from '../text/wording.js';

const testOptions = z.object({
  email: z.string().optional(),
  persona: z.string().optional(),
  score: z
    .string()
    .regex(/^[+-]?(\d+\.?\d*|\.\d+)$/, 'expected a number')
    .transform(Number)
    .optional(),
  format: z.string().optional(),
  map: z.array(z.string()).default([]),
  delimiter: z.string().optional(),
  encoding: z.string().optional(),
  sheet: z.string().min(1).optional(),
});
type TestOptions = z.infer<typeof testOptions>;
const listOptions = z.object({ format: z.string().optional() });

const collect = (value: string, list: string[] = []) => [...list, value];
const FORMAT_OPTION = [
  '-o, --format <format>',
  'table, json, ndjson or csv (default table; json with --json)',
] as const;

/** `drason rules test`, `rules lint`, `rules list`: no network, no database. */
export function define(program: Command, terminal: Terminal): void {
  const rules = program
    .command('rules')
    .summary('test, check and list the routing rules')
    .description(
      `Tests, checks and lists the routing rules. No network, no database.

Examples:
  $ drason rules test                                                the tests: of the rules file
  $ drason rules test leads.csv                                      where each lead would go
  $ drason rules test --email jo@example.com --persona CTO --score 80   explains one lead
  $ drason rules lint`,
    );
  rules
    .command('test')
    .summary("run the rules file's tests, or show where leads would go")
    .description(
      `Without a file: runs the rules file's own tests (exit 3 when one fails). With a lead file: shows where each lead
would go, then totals, and what the leads that no rule matches lack. With --email, --persona or --score: explains one lead.
No network, no database.

Examples:
  $ drason rules test
  $ drason rules test leads.csv --format csv
  $ drason rules test --email jo@example.com --persona CTO --score 80`,
    )
    .argument('[file]', 'a lead file; - for stdin')
    .option('--email <address>', 'explain this lead; without an address the health gate is skipped')
    .option('--persona <persona>', 'its persona')
    .option('--score <number>', 'its score')
    .option(...FORMAT_OPTION)
    .option('--map <field=Column>', 'which column a field is in; repeat for more', collect)
    .option('--delimiter <character>', 'of a CSV file, tab for a tab (default: found from its first lines)')
    .option('--sheet <name>', 'of an Excel workbook (default: its first)')
    .option('--encoding <name>', 'such as windows-1252 (default: found from the content)')
    .action(async (file: string | undefined, _options, command: Command) => {
      const options = readOptions(testOptions, command.opts());
      const single = options.email !== undefined || options.persona !== undefined || options.score !== undefined;
      if (single && file !== undefined) {
        throw new UsageError('rules test takes a file or one lead, not both', 'Leave one of them out.');
      }
      await withContext(command, terminal, async (context) => {
        if (single) await explainOne(context, options);
        else if (file !== undefined) await (await import('./rules-test-file.js')).testFile(context, file, options);
        else await testRules(context, options);
      });
    });
  rules
    .command('lint')
    .summary('rules that can never match, ties, gaps')
    .description(
      `Looks for what is probably not meant: rules that can never match (exit 3), rules that are tied, scores that no
rule takes.

Examples:
  $ drason rules lint
  $ drason rules lint --json`,
    )
    .option(...FORMAT_OPTION)
    .action(async (_options, command: Command) =>
      withContext(command, terminal, (context) => lint(context, readOptions(listOptions, command.opts()))),
    );
  rules
    .command('list')
    .summary('the rules in the order they are tried')
    .description(
      `Lists the rules in the order in which they are tried; the first that matches a lead wins.

Examples:
  $ drason rules list
  $ drason rules list --format csv`,
    )
    .option(...FORMAT_OPTION)
    .action(async (_options, command: Command) =>
      withContext(command, terminal, (context) => list(context, readOptions(listOptions, command.opts()))),
    );
}

async function deciderOf(context: Context) {
  const { makeDecider } = await import('../pipeline/decide.js');
  return makeDecider(context.organization());
}

const TEST_COLUMNS: Column[] = [
  { name: 'passed', heading: '' },
  { name: 'line', heading: 'Line' },
  { name: 'name', heading: 'Test' },
  { name: 'expected', heading: 'Expected' },
  { name: 'found', heading: 'Found' },
];

async function testRules(context: Context, options: TestOptions): Promise<void> {
  const { terminal } = context;
  const { runRuleTests } = await import('../pipeline/rule-tests.js');
  const format = pickFormat(options.format, terminal);
  const file = context.rulesFile();
  const results = runRuleTests(context.organization().tests, await deciderOf(context));
  const failed = results.filter((result) => !result.passed);
  if (format !== 'table')
    await printRows(
      terminal,
      format,
      [...TEST_COLUMNS, { name: 'why', heading: 'Why' }],
      results.map((result) => ({ ...result })),
    );
  else if (!terminal.quiet) {
    const mark = (passed: boolean) => (passed ? terminal.colors.green('✔') : terminal.colors.red('✖'));
    for (const result of results)
      await terminal.data(`${mark(result.passed)} ${printable(result.name)} → ${result.found}\n`);
    await terminal.data(`${results.length - failed.length} of ${results.length} tests of ${file.path} passed\n`);
  }
  for (const { line, name, expected, found, why } of failed) {
    terminal.warn(`${file.path}:${line}: test "${name}" expected ${expected}, found ${found} (${why})`);
  }
  if (results.length === 0) terminal.say(`${file.path} has no tests; add some under tests: (see rules.example.yaml)`);
  if (failed.length > 0) terminal.exitCode = 3;
}

async function explainOne(context: Context, options: TestOptions): Promise<void> {
  const { terminal } = context;
  const [{ tryLead }, { destinationOf, explainDecision, reasonFor }] = await Promise.all([
    import('../pipeline/rule-tests.js'),
    import('../pipeline/explain.js'),
  ]);
  const decider = await deciderOf(context);
  const { lead, decision } = tryLead(
    {
      ...(options.email === undefined ? {} : { email: canonicalAddress(options.email) }),
      ...(options.persona === undefined ? {} : { persona: options.persona.trim() }),
      ...(options.score === undefined ? {} : { lead_score: options.score }),
    },
    decider,
  );
  const explanation = explainDecision(lead, decision, decider);
  if (pickFormat(options.format, terminal) === 'table') {
    const shown =
      options.email === undefined ? ['Health  not looked at: no --email', ...explanation.slice(1)] : explanation;
    await terminal.data(`${shown.map(printable).join('\n')}\n`);
    return;
  }
  const answer = {
    schema: 1,
    email: options.email === undefined ? null : lead.email,
    persona: lead.persona ?? null,
    lead_score: lead.lead_score ?? null,
    destination: destinationOf(decision),
    campaign: decision.campaignId,
    health_classification: options.email === undefined ? null : decision.health.classification,
    health_score: options.email === undefined ? null : decision.health.score,
    signals: decision.health.signals,
    why: reasonFor(lead, decision, decider),
    explanation,
  };
  await terminal.data(`${JSON.stringify(answer)}\n`);
}

async function lint(context: Context, options: z.infer<typeof listOptions>): Promise<void> {
  const { terminal } = context;
  const { lintRules } = await import('../routing/lint-rules.js');
  const { rules } = await deciderOf(context);
  const findings = lintRules(rules);
  const format = pickFormat(options.format, terminal);
  if (findings.some(({ kind }) => kind === 'unreachable')) terminal.exitCode = 3;
  if (format !== 'table') {
    const columns = ['kind', 'line', 'message'].map((name) => ({ name, heading: name }));
    await printRows(
      terminal,
      format,
      columns,
      findings.map(({ kind, rule, message }) => ({ kind, line: rule?.line ?? null, message })),
    );
    return;
  }
  for (const { kind, message } of findings) {
    const mark = kind === 'unreachable' ? terminal.colors.red('✖') : terminal.colors.yellow('⚠');
    await terminal.data(`${mark} ${kind}: ${printable(message)}\n`);
  }
  if (findings.length === 0 && !terminal.quiet) {
    await terminal.data(
      `${context.rulesFile().path}: ${counted(rules.rules.length, 'rule')}, nothing to complain about\n`,
    );
  }
}

async function list(context: Context, options: z.infer<typeof listOptions>): Promise<void> {
  const { terminal } = context;
  const { rules } = await deciderOf(context);
  const columns: Column[] = [
    { name: 'order', heading: '#' },
    { name: 'persona', heading: 'Persona' },
    { name: 'min_score', heading: 'Score from' },
    { name: 'target_campaign_id', heading: 'Campaign' },
    { name: 'priority', heading: 'Priority' },
    { name: 'line', heading: 'Line' },
  ];
  const rows = rules.rules.map((rule, index) => ({
    order: index + 1,
    persona: rule.personas,
    min_score: rule.minScore,
    target_campaign_id: rule.campaignId,
    priority: rule.priority,
    line: rule.line ?? null,
  }));
  await printRows(terminal, pickFormat(options.format, terminal), columns, rows);
}
