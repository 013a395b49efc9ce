import ms from 'ms';
import type { InputPlan } from '../intake/read-leads.js';
import type { Progress, RunContext } from '../pipeline/run-context.js';
import type { AttemptSettlement } from '../store/settling.js';
import { makeProgressLine } from './progress-line.js';
import type { Terminal } from './terminal.js';

/** One line a file: what was guessed, and the mapping. Said before the work. */
export function describePlan(plan: InputPlan): string[] {
  const what = [plan.format.toUpperCase(), ...(plan.compressed ? ['gzip'] : []), plan.encoding];
  if (plan.delimiter !== undefined) what.push(`delimiter ${DELIMITER_NAMES[plan.delimiter] ?? plan.delimiter}`);
  if (plan.source !== undefined) what.push(`${plan.source} export`);
  const name = plan.name === '-' ? 'stdin' : plan.name;
  const lines = [`${name}: ${what.join(', ')}`];
  const mapped = plan.mapping.map(({ field, column }) => (field === column ? field : `${field} ← ${column}`));
  lines.push(`  ${mapped.join(' · ')}`);
  if (plan.customFields.length > 0) lines.push(`  custom fields: ${plan.customFields.join(', ')}`);
  if (plan.ignored.length > 0) lines.push(`  not used: ${plan.ignored.join(', ')}`);
  return [...lines, ...plan.notes.map((note) => `  note: ${note}`)];
}

const DELIMITER_NAMES: Record<string, string> = { ',': 'comma', ';': 'semicolon', '\t': 'tab', '|': 'pipe' };

/** The log lines of one settled batch, as docs/contract.md fixes them. */
function logSettled(terminal: Terminal, campaignId: string, emails: string[], settlement: AttemptSettlement): void {
  const counters = settlement.answer === undefined ? '' : ` ${JSON.stringify(settlement.answer)}`;
  for (const [index, lead] of settlement.leads.entries()) {
    const email = emails[index] ?? '';
    if (lead.evidence !== undefined) {
      terminal.say('[SMARTLEAD] Successfully pushed lead to campaign');
      terminal.say(`[INGEST] Successfully pushed lead ${email} to Smartlead campaign ${campaignId}`);
    } else {
      const status = settlement.httpStatus === null ? 'no answer' : `status ${settlement.httpStatus}`;
      const why = lead.state.last_error ?? settlement.message ?? '';
      terminal.say(`[SMARTLEAD] Failed to push lead to campaign: ${status}, ${why}${counters}`);
      terminal.say(`[INGEST] Failed to push lead ${email} to Smartlead campaign ${campaignId}`);
    }
  }
}

/** Shows a run while it goes: a moving line on a terminal, a plain one every half minute elsewhere. */
export async function makeReporter(
  terminal: Terminal,
  limit: { batchSize: number; windows: Array<{ requests: number; perMs: number }> },
) {
  const line = await makeProgressLine(terminal);
  const windows = limit.windows.map(({ requests, perMs }) => `${requests}/${ms(perMs)}`).join(', ');
  const perSecond =
    Math.min(...limit.windows.map(({ requests, perMs }) => (requests / perMs) * 1000)) * limit.batchSize;
  let lastWait = '';
  let waitingUntil = 0;

  function progressLine(progress: Progress): string {
    const parts = [`${progress.rows.toLocaleString('en')} rows`];
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
      if (!terminal.verbose) return;
      for (const lead of claim.leads) {
        terminal.say(`[INGEST] Pushing lead ${lead.email} to Smartlead campaign ${claim.campaignId}`);
      }
    },
    settled(claim, settlement) {
      if (!terminal.verbose) return;
      logSettled(
        terminal,
        claim.campaignId,
        claim.leads.map((lead) => lead.email),
        settlement,
      );
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
