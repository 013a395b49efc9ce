import prettyMs from 'pretty-ms';
import { holdReasonsWith } from '../holds.js';
import { HOLD_REASONS } from '../lead.js';
import { listed, outcomesText } from '../pipeline/run-words.js';
import { NEEDS_ATTENTION, type RunSummary } from '../pipeline/summary.js';
import { noRuleLines } from '../routing/near-miss.js';
import { quoteArgument } from '../text/command-flags.js';
import { HOLD_TEXT } from '../text/hold-reasons.js';
import { counted, number, printable } from '../text/wording.js';
import { labelledLines, type NextStep } from './labelled.js';
import type { Terminal } from './terminal.js';
import { wrapped } from './wrap.js';

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
  if (holdReasonsWith(({ waitsForPush }) => waitsForPush).some(held)) return { command: retry };
  const bySign = Math.max(0, ...Object.values(summary.review_signs));
  if ((summary.held_reasons.review ?? 0) > bySign)
    return { command: `drason retry --held --run ${summary.run_id}${flags}` };
  if (held('review') || summary.left_for_review > 0) {
    const note = 'once fields: in the rules file says what the column means';
    return { command: `drason retry --held --reason review${flags}`, note };
  }
  if (held('campaign_not_found')) return { command: retry, note: 'once the campaign ids in the rules are right' };
  if (held('gave_up')) return { command: `drason retry --held --reason gave_up${flags}` };
  if (outcomes.rejected > 0) {
    return hints.rejects !== undefined
      ? { command: `drason ingest ${quoteArgument(hints.rejects)}${flags}`, note: 'once its rows are corrected' }
      : { command: `drason ingest ${hints.inputs} --rejects rejects.csv${flags}`, note: 'keeps the rejected rows' };
  }
  if (held('in_other_campaign')) {
    const note =
      'once smartlead.settings.ignore_duplicate_leads_in_other_campaign is false, if they are to be attached';
    return { command: `drason retry --held --reason in_other_campaign${flags}`, note };
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
  const first = wrapped(`${title}  ${facts.join(' · ')}`, 2, terminal);
  const { lines, label, add, next: addNext } = labelledLines(LABEL, terminal);
  lines.push('', colors.bold(title) + first.slice(title.length));
  if (!summary.dry_run) add('Run', summary.run_id);
  lines.push(
    `${label('Health')}${colors.green('GREEN')} ${number(health.green)} · ${colors.yellow('YELLOW')} ${number(health.yellow)} · ${colors.red('RED')} ${number(health.red)}`,
  );
  add('Campaigns', ...campaignLines(summary));
  add('Outcomes', outcomesText(outcomes));
  add('Held', ...heldLines(summary));
  add('No rule', ...noRuleLines(summary.no_rule));
  add('Stays held', ...staysHeldLines(summary));
  add(
    'Elsewhere',
    ...Object.entries(summary.elsewhere).map(
      ([campaign, n]) => `${counted(n, 'active lead')} would now go to campaign ${campaign}; --again adds it`,
    ),
  );
  const broken = summary.read_to_end === false ? ['the input was not read to its end'] : [];
  for (const problem of [...broken, ...summary.problems]) {
    lines.push(`${colors.red('✖')} ${wrapped(printable(problem), 2, terminal)}`);
  }
  if (!summary.dry_run) add('Database', place.database);
  const settings = place.settingsFrom.map(({ setting, from }) => `${setting} from ${from}`);
  if (settings.length > 0) add('Settings', settings.join(' · '));
  if (summary.sandbox) add('Sandbox', 'this was a local stand-in; nothing was sent to Smartlead itself');
  addNext(next);
  return `${lines.join('\n')}\n`;
}

const LABEL = 11;

function campaignLines({ campaigns }: RunSummary): string[] {
  return Object.entries(campaigns).map(([id, { active, held }]) => {
    const counts = listed([
      ['active', active],
      ['held', held],
    ]);
    return `${id}  ${counts}`;
  });
}

/** Those of an ingest; a retry says of every HELD lead how to lift it. */
function heldLines({ command, held_reasons }: RunSummary): string[] {
  if (command === 'retry') return [];
  return HOLD_REASONS.flatMap((reason) => {
    const n = held_reasons[reason];
    return n === undefined ? [] : [`${reason} ${number(n)}: ${HOLD_TEXT[reason]}`];
  });
}

function staysHeldLines({ stays_held, waiting }: RunSummary): string[] {
  return HOLD_REASONS.flatMap((reason) => {
    const held = stays_held[reason];
    if (held === undefined) return [];
    const wait = waiting[reason];
    const due = wait === undefined ? '' : `; ${number(wait.leads)} not due before ${wait.first}`;
    return [`${reason} ${number(held.leads)}: ${held.lift}${due}`];
  });
}
