import ms from 'ms';
import { spanText } from '../config/windows.js';
import { pushingLines, settledLines } from '../pipeline/push-lines.js';
import type { Progress, RunContext } from '../pipeline/run-context.js';
import { counted } from '../text/wording.js';
import { makeProgressLine } from './progress-line.js';
import type { Terminal } from './terminal.js';

/** Shows a run while it goes: a moving line on a terminal, a plain one every ten seconds elsewhere. */
export function makeReporter(
  terminal: Terminal,
  limit: { batchSize: number; rateLimit: Array<{ requests: number; perMs: number }> },
) {
  const line = makeProgressLine(terminal);
  const windows = limit.rateLimit.map(({ requests, perMs }) => `${requests}/${spanText(perMs)}`).join(', ');
  const perSecond =
    Math.min(...limit.rateLimit.map(({ requests, perMs }) => (requests / perMs) * 1000)) * limit.batchSize;
  let lastWait = '';
  let waitingUntil = 0;

  function progressLine(progress: Progress): string {
    const parts = [counted(progress.rows, 'row')];
    if (progress.toPush > 0) {
      const left = Math.max(0, progress.toPush - progress.settled);
      parts.push(`${progress.settled.toLocaleString('en')} of ${progress.toPush.toLocaleString('en')} pushed`);
      parts.push(`limit ${windows}`);
      if (left > 0) parts.push(`about ${ms(Math.ceil(left / perSecond) * 1000, { long: true })} left`);
    }
    if (waitingUntil > Date.now()) parts.push(lastWait);
    return parts.join(' · ');
  }

  const report: RunContext['report'] = {
    pushing(claim) {
      if (terminal.verbose) for (const line of pushingLines(claim)) terminal.say(line);
    },
    settled(claim, settlement) {
      if (terminal.verbose) for (const { text } of settledLines(claim, settlement)) terminal.say(text);
    },
    waiting(why, waitMs) {
      const text = `waiting for ${why}`;
      waitingUntil = Date.now() + waitMs;
      if (text !== lastWait && waitMs >= 3000) terminal.say(`${text} (${ms(Math.ceil(waitMs / 1000) * 1000)})`);
      lastWait = text;
    },
    progress(progress) {
      line.show(() => progressLine(progress));
    },
  };
  return { report, stop: line.stop };
}
