import prettyMs from 'pretty-ms';
import { HOLD_REASONS } from '../lead.js';
import { quoteArgument } from '../monitor/command-flags.js';
import { HOLD_TEXT } from '../monitor/hold-reasons.js';
import { listed, outcomesText } from '../monitor/run-words.js';
import { NEEDS_ATTENTION, type RunSummary } from '../pipeline/summary.js';
import { noRuleLines } from '../routing/near-miss.js';
import { counted, number, printable } from '../wording.js';
import type { Terminal } from './terminal.js';

/** A command to copy, with what is to be done before it where something is. */
export interface NextStep {
  command: string;
  note?: string;
}

/** What to do next: the first thing that still stands in the way. */
export function nextStep(
  summary: RunSummary,
  hints: { flags: string; inputs: string; rejects?: string | undefined },
): NextStep {
  const flags = hints.flags === '' ? '' : ` ${hints.flags}`;
  const held = (reason: string) => (summary.held_reasons[reason] ?? 0) > 0;
  const { outcomes } = summary;
  const retry = `drason retry --held${flags}`;
  if (summary.dry_run) return { command: `drason ingest ${hints.inputs}${flags}` };
  // Rows may be left that were not read; given again, those that were are taken up where they stand.
  if (summary.exit_code >= 128 && summary.command === 'ingest') {
    return { command: `drason ingest ${hints.inputs}${flags}` };
  }
  if (summary.exit_code === 4) return { command: retry, note: 'once the key is right' };
  if (summary.exit_code === 5) return { command: `drason retry --held --now${flags}` };
  if (['auth', 'push_failed', 'unknown', 'queued', 'credit_limit'].some(held)) return { command: retry };
  const bySign = Math.max(0, ...Object.values(summary.review_signs));
  if ((summary.held_reasons.review ?? 0) > bySign)
    return { command: `drason retry --held --run ${summary.run_id}${flags}` };
  if (held('review')) {
    const note = 'once fields: in the rules file says what the column means';
    return { command: `drason retry --held --reason review${flags}`, note };
  }
  if (held('campaign_not_found')) return { command: retry, note: 'once the campaign ids in the rules are right' };
  if (held('in_other_campaign')) {
    const note =
      'once smartlead.settings.ignore_duplicate_leads_in_other_campaign is false, if they are to be attached';
    return { command: `drason retry --held --reason in_other_campaign${flags}`, note };
  }
  if (held('gave_up')) return { command: `drason retry --held --reason gave_up${flags}` };
  if (outcomes.rejected > 0) {
    return hints.rejects !== undefined
      ? { command: `drason ingest ${quoteArgument(hints.rejects)}${flags}`, note: 'once its rows are corrected' }
      : { command: `drason ingest ${hints.inputs} --rejects rejects.csv${flags}`, note: 'keeps the rejected rows' };
  }
  if (Object.keys(summary.elsewhere).length > 0) return { command: `drason ingest ${hints.inputs} --again${flags}` };
  const [waits] = Object.values(summary.waiting);
  if (waits) return { command: retry, note: `from ${waits.first} on` };
  if (outcomes.unassigned > 0) return { command: retry, note: 'once the rules match those in the holding pool' };
  if (summary.command === 'retry' || summary.rows === 0) return { command: `drason status${flags}` };
  return { command: `drason leads --run ${summary.run_id}${flags}`, note: 'lists them' };
}

/** What someone who sees nothing else has to know: leads held for a reason that needs attention. */
export function attentionLines(summary: RunSummary): string[] {
  return NEEDS_ATTENTION.flatMap((reason) => {
    const n = summary.held_reasons[reason] ?? 0;
    return n > 0 ? [`${counted(n, 'lead')} held as ${reason}: ${HOLD_TEXT[reason]}`] : [];
  });
}

/** The summary of a run for a person. The last line is the command that comes next. */
export function summaryText(
  summary: RunSummary,
  next: NextStep,
  place: { database: string; settingsFrom: ReadonlyArray<{ setting: string; from: string }> },
  terminal: Terminal,
): string {
  const { colors } = terminal;
  const { health, outcomes } = summary;
  const title = `${summary.command === 'ingest' ? 'Ingest' : 'Retry'}${summary.dry_run ? ' (dry run: nothing was stored or sent)' : ''}`;
  const facts = [
    `organization ${summary.organization}`,
    counted(summary.rows, 'row'),
    counted(summary.requests, 'request'),
    prettyMs(summary.duration_ms),
  ];
  const label = (text: string) => colors.bold(text.padEnd(11));
  const lines = ['', `${colors.bold(title)}  ${facts.join(' · ')}`];
  if (!summary.dry_run) lines.push(`${label('Run')}${summary.run_id}`);
  lines.push(
    `${label('Health')}${colors.green('GREEN')} ${number(health.green)} · ${colors.yellow('YELLOW')} ${number(health.yellow)} · ${colors.red('RED')} ${number(health.red)}`,
  );
  let heading = 'Campaigns';
  for (const [id, { active, held }] of Object.entries(summary.campaigns)) {
    lines.push(
      `${label(heading)}${id}  ${listed([
        ['active', active],
        ['held', held],
      ])}`,
    );
    heading = '';
  }
  lines.push(`${label('Outcomes')}${outcomesText(outcomes)}`);
  heading = 'Held';
  for (const reason of HOLD_REASONS) {
    const n = summary.held_reasons[reason];
    if (n === undefined) continue;
    lines.push(`${label(heading)}${reason} ${number(n)}: ${HOLD_TEXT[reason]}`);
    heading = '';
  }
  heading = 'No rule';
  for (const line of noRuleLines(summary.no_rule)) {
    lines.push(`${label(heading)}${printable(line)}`);
    heading = '';
  }
  heading = 'Stays held';
  for (const reason of HOLD_REASONS) {
    const held = summary.stays_held[reason];
    if (held === undefined) continue;
    lines.push(`${label(heading)}${reason} ${number(held.leads)}: ${held.lift}`);
    heading = '';
  }
  heading = 'Waiting';
  for (const [reason, { leads, first }] of Object.entries(summary.waiting)) {
    lines.push(
      `${label(heading)}${number(leads)} more held as ${reason}; the first may go at ${first}, or at once with --now`,
    );
    heading = '';
  }
  for (const [campaign, n] of Object.entries(summary.elsewhere)) {
    lines.push(
      `${label('Elsewhere')}${counted(n, 'active lead')} would now go to campaign ${campaign}; --again adds it`,
    );
  }
  for (const problem of summary.problems) lines.push(`${colors.red('✖')} ${printable(problem)}`);
  if (!summary.dry_run) lines.push(`${label('Database')}${place.database}`);
  const settings = place.settingsFrom.map(({ setting, from }) => `${setting} from ${from}`);
  if (settings.length > 0) lines.push(`${label('Settings')}${printable(settings.join(' · '))}`);
  if (summary.sandbox) lines.push(`${label('Sandbox')}this was a local stand-in; nothing was sent to Smartlead itself`);
  lines.push(`${label('Next')}${next.command}${next.note === undefined ? '' : colors.dim(`   (${next.note})`)}`);
  return `${lines.join('\n')}\n`;
}
