import type { Command } from 'commander';
import { z } from 'zod';
import { type Context, withContext } from '../cli/context.js';
import type { NextStep } from '../cli/labelled.js';
import { readOptions, timeSpan, wholeNumber } from '../cli/options.js';
import type { Terminal } from '../cli/terminal.js';
import { systemClock } from '../clock.js';
import { DrasonError } from '../errors.js';
import type { ReconcileReport } from '../reconcile/reconcile-types.js';
import type { StoreContext } from '../store/engine/context.js';
import { commandFlags } from '../text/command-flags.js';

const optionsSchema = z.object({
  campaign: z.array(z.string().trim().min(1, 'expected the id of a campaign')).default([]),
  fix: z.boolean().default(false),
  lookUps: wholeNumber.default(500),
  maxWait: timeSpan.default(60_000),
});
type Options = z.infer<typeof optionsSchema>;

const collect = (value: string, list: string[] = []) => [...list, value];

/** `drason reconcile`: the ledger against the campaigns' rosters, both ways. */
export function define(program: Command, terminal: Terminal): void {
  program
    .command('reconcile')
    .summary("the ledger against Smartlead's rosters")
    .description(
      `Reads the rosters of the campaigns and compares them with the ledger, both ways. Without
--fix nothing is changed, and exit code 3 says that there are differences; with it the
ledger is corrected, each change with its audit row. Nothing is pushed, nobody is deleted
at Smartlead; leads that are only there are reported, never taken in.

Examples:
  $ drason reconcile                        what differs, in all campaigns
  $ drason reconcile --fix                  and correct the ledger
  $ drason reconcile --fix --campaign 123456
  $ drason retry --held --reason removed    then: put back who was removed there

A run that is ended early keeps what it has read, and the next one goes on where it was.
Each page of 100 leads, and each look-up, is one request of the shared limit. --json
prints one object. The kinds of differences are told in docs/reconcile.md.`,
    )
    .option('--campaign <id>', 'only this campaign; repeat for more', collect)
    .option('--fix', 'correct the ledger')
    .option('--look-ups <n>', 'ask about at most n leads of a campaign whose roster does not add up (default 500)')
    .option('--max-wait <time>', 'end with exit code 5 when a pause is longer than this (default 60s)')
    .action((_options, command: Command) =>
      withContext(command, terminal, (context) =>
        compareAndReport(context, readOptions(optionsSchema, command.opts())),
      ),
    );
}

/** The campaigns that were named, else those of today's rules and those that leads are in or assigned to. */
async function campaignsOf(context: Context, store: StoreContext, options: Options): Promise<string[]> {
  if (options.campaign.length > 0) return [...new Set(options.campaign)];
  const { organization, rules } = context.organization();
  const { campaignsOfLeads } = await import('../store/rosters/reconciling.js');
  const known = await campaignsOfLeads(store, organization);
  return [...new Set([...rules.map((rule) => rule.target_campaign_id), ...known])];
}

async function compareAndReport(context: Context, options: Options): Promise<void> {
  const { terminal } = context;
  const config = context.organization();
  const store = await context.openOwnStore(false);
  const smartlead = await context.smartlead();
  if (typeof smartlead === 'string') {
    throw new DrasonError(4, smartlead, 'Set it, or put it into a .env file in this folder.');
  }
  const [{ reconcile }, { pushSettingsOf }, { reconcileText }, { watchSignals }, { makeProgressLine }] =
    await Promise.all([
      import('../reconcile/reconcile.js'),
      import('../pipeline/push-settings.js'),
      import('../cli/reconcile-view.js'),
      import('../cli/signals.js'),
      import('../cli/progress-line.js'),
    ]);
  const line = makeProgressLine(terminal);
  const signals = watchSignals(terminal);
  const began = systemClock.steady();
  let report: ReconcileReport;
  try {
    report = await reconcile({
      store,
      clock: systemClock,
      organization: config.organization,
      smartlead,
      windows: async () => (await pushSettingsOf(store, config)).rateLimit,
      campaigns: await campaignsOf(context, store, options),
      fix: options.fix,
      maxLookUps: options.lookUps,
      maxWaitMs: options.maxWait,
      stopping: signals.stopping,
      report: {
        progress: (text) => line.show(() => text),
        waiting(why, ms) {
          if (ms >= 1000) terminal.say(`waiting ${Math.ceil(ms / 1000)} s: ${why}`);
        },
      },
    });
  } finally {
    line.stop();
    signals.stop();
  }
  const keySource = `Smartlead refused the key (key from ${smartlead.key.from})`;
  const problems = report.problems.map((text, n) =>
    report.end === 'key_refused' && n === report.problems.length - 1 ? `${keySource}: ${text}` : text,
  );
  const durationMs = Math.round(systemClock.steady() - began);
  const exitCode = signals.exitCode() ?? exitCodeOf(report);
  const next = nextOf(context, options, report);
  const { organization } = config;
  const sandbox = context.standIn() !== undefined;
  if (terminal.json) {
    const { end, ...found } = report;
    const facts = { schema: 1, command: 'reconcile', organization, sandbox, fix: options.fix };
    const how = { complete: end === 'done', problems, duration_ms: durationMs, exit_code: exitCode };
    await terminal.data(`${JSON.stringify({ ...facts, ...found, ...how, next: next?.command ?? null })}\n`);
  } else if (!terminal.quiet) {
    const about = { organization, fix: options.fix, durationMs, sandbox, next };
    await terminal.data(reconcileText({ ...report, problems }, about, terminal));
  }
  if (terminal.quiet || terminal.json) {
    for (const problem of problems) terminal.warn(`drason: ${problem}`);
    if (report.left > 0) terminal.warn(`drason: ${report.left} differences are left as they are`);
  }
  if (signals.received()) terminal.warn(`Interrupted; what was read is kept. Go on with: ${next?.command}`);
  terminal.exitCode = exitCode;
}

function exitCodeOf(report: ReconcileReport): number {
  if (report.end === 'key_refused') return 4;
  if (report.end === 'not_to_be_had') return 5;
  const unread = report.campaigns.some(({ state }) => state !== 'compared');
  return report.left > 0 || unread ? 3 : 0;
}

/** What comes next; undefined when nothing does. */
function nextOf(context: Context, options: Options, report: ReconcileReport): NextStep | undefined {
  const { differences, left, fixed, end } = report;
  const command = (name: string, flags: Parameters<typeof commandFlags>[0]) =>
    ['drason', name, commandFlags(flags), context.flags].filter((word) => word !== '').join(' ');
  const campaign = options.campaign;
  const again = { campaign, fix: options.fix };
  if (end === 'key_refused') return { command: command('reconcile', again), note: 'once the key is right' };
  if (end !== 'done') return { command: command('reconcile', again), note: 'goes on where this one was' };
  if (left > differences.undecided) return { command: command('reconcile', { campaign, fix: true }) };
  if (differences.undecided > 0) {
    const flags = { ...again, 'look-ups': Math.max(options.lookUps, differences.undecided) * 2 };
    return { command: command('reconcile', flags), note: 'asks about more of the leads that are undecided' };
  }
  if (fixed > 0 && differences.unknown_absent > 0) return { command: command('retry', { held: true }) };
  if (fixed === 0 || differences.removed === 0) return undefined;
  const note = 'if those that were removed are to be put back';
  return { command: command('retry', { held: true, reason: 'removed' }), note };
}
