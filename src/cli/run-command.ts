import { systemClock } from '../clock.js';
import { settingsFromElsewhere } from '../config/settings.js';
import { makeDecider } from '../pipeline/decide.js';
import { pushSettingsOf } from '../pipeline/push-settings.js';
import type { RunContext } from '../pipeline/run-context.js';
import type { RunSummary } from '../pipeline/summary.js';
import type { StoreContext } from '../store/engine/context.js';
import type { Context } from './context.js';
import { makeReporter } from './reporter.js';
import { watchSignals } from './signals.js';
import { attentionLines, nextStep, summaryText } from './summary-view.js';
import { wrapped } from './wrap.js';

/** What the commands that run the pipeline share: context in, summary out. */
export interface RunRequest {
  store: StoreContext;
  push: boolean;
  dryRun: boolean;
  maxWaitMs: number;
  /** What the user gave, to be named in a suggested command. */
  inputs: string;
  rejects?: string | undefined;
  /** Settings that flags of this command set. */
  settingsFrom?: ReadonlyArray<{ setting: string; from: string }>;
}

/** Runs the pipeline under signals, with progress, and prints its summary. Sets the exit code. */
export async function runAndReport(
  context: Context,
  request: RunRequest,
  work: (run: RunContext) => Promise<RunSummary>,
): Promise<void> {
  const { terminal } = context;
  const config = context.organization();
  const { report, stop } = makeReporter(terminal, await pushSettingsOf(request.store, config));
  const standIn = context.standIn();
  if (standIn !== undefined) {
    terminal.say(wrapped(`sandbox: this goes to ${standIn}; nothing goes to Smartlead itself`, 0, terminal));
  }
  const signals = watchSignals(terminal);
  let summary: RunSummary;
  try {
    summary = await work({
      store: request.store,
      clock: systemClock,
      config,
      decider: makeDecider(config),
      smartlead: request.push ? await context.smartlead() : 'nothing is pushed',
      push: request.push,
      dryRun: request.dryRun,
      sandbox: standIn !== undefined,
      maxWaitMs: request.maxWaitMs,
      stopping: signals.stopping,
      signal: signals.received,
      report,
    });
  } finally {
    stop();
    signals.stop();
  }
  const settingsFrom = [...settingsFromElsewhere(await context.asked(request.store)), ...(request.settingsFrom ?? [])];
  const next = nextStep(summary, {
    flags: context.flags,
    inputs: request.inputs,
    rejects: request.rejects,
  });
  if (terminal.json) {
    const body = { ...summary, settings_from: settingsFrom, next: next.command };
    await terminal.data(`${JSON.stringify(body)}\n`);
  } else if (!terminal.quiet) {
    const place = { database: context.databasePath(), settingsFrom };
    await terminal.data(summaryText(summary, next, place, terminal));
  }
  if (terminal.quiet || terminal.json) {
    for (const problem of [...summary.problems, ...attentionLines(summary)]) terminal.warn(`drason: ${problem}`);
  }
  if (signals.received()) terminal.warn(`Interrupted; all work is saved. Go on with: ${next.command}`);
  terminal.exitCode = summary.exit_code;
}
