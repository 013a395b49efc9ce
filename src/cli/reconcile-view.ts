import prettyMs from 'pretty-ms';
import {
  type CampaignReport,
  DIFFERENCES,
  type Difference,
  type ListedLead,
  NOTES,
  type Note,
  type ReconcileReport,
} from '../reconcile/reconcile-types.js';
import { number, printable } from '../text/wording.js';
import { utc } from '../text/words.js';
import type { NextStep } from './labelled.js';
import type { Terminal } from './terminal.js';

/** Each kind in words: how it was found, and what the ledger says once it is corrected. */
const WORDS: Record<Difference | Note, string> = {
  removed: 'ACTIVE here, and no longer in the campaign → HELD removed',
  place_gone: 'no longer in this campaign, which was not their last → no longer counted as in it',
  unknown_there: 'outcome unknown here, and in the campaign → ACTIVE',
  unknown_absent: 'outcome unknown here, and not in the campaign → HELD push_failed, due now',
  held_there: 'HELD here, and in the campaign → ACTIVE',
  undecided: 'not on what was read of the roster, and not asked about: left as they are',
  strangers: 'in the campaign, and no leads of this organization',
  blocked_there: 'BLOCKED here, and in the campaign: Smartlead may mail them',
  elsewhere: 'in the campaign, and leads of another one here',
  left_alone: 'on their way, or changed while the roster was read: left to the next time',
};

/** So many leads are shown of a campaign without --verbose. */
const SHOWN = 10;

function headline({ id, name, state, roster_total, roster_read, known, adds_up }: CampaignReport): string {
  const campaign = `campaign ${id}${name === null ? '' : ` (${printable(name)})`}`;
  if (state === 'missing') return `${campaign}  unknown to Smartlead`;
  if (state === 'unreadable') return `${campaign}  its roster cannot be read`;
  if (state === 'not_reached') return `${campaign}  not compared yet`;
  const roster = adds_up
    ? `${number(roster_read)} on the roster`
    : `${number(roster_read)} read of ${number(roster_total ?? 0)} on the roster`;
  return `${campaign}  ${roster} · ${number(known)} known here`;
}

function campaignLines(campaign: CampaignReport, leads: readonly ListedLead[], terminal: Terminal): string[] {
  const { colors, verbose } = terminal;
  const lines = [colors.bold(headline(campaign))];
  if (campaign.resumed && campaign.read_since !== null) {
    lines.push(colors.dim(`  went on with a reading that began ${utc(campaign.read_since)}`));
  }
  const counts: Array<readonly [Difference | Note, number]> = [
    ...DIFFERENCES.map((kind) => [kind, campaign.differences[kind]] as const),
    ...NOTES.map((kind) => [kind, campaign.reported[kind]] as const),
  ];
  for (const [kind, n] of counts) {
    if (n === 0) continue;
    const listed = leads.filter((lead) => lead.kind === kind);
    const differs = DIFFERENCES.some((known) => known === kind);
    const shown = verbose ? listed : differs ? listed.slice(0, SHOWN) : [];
    const mark = differs ? colors.yellow(kind) : kind;
    lines.push(`  ${mark} ${number(n)}: ${WORDS[kind]}`);
    for (const { email, was, fixed } of shown) {
      lines.push(`    ${printable(email)}${was === null ? '' : ` (was ${was}${fixed ? ', corrected' : ''})`}`);
    }
    const more = n - shown.length;
    if (shown.length > 0 && more > 0) lines.push(colors.dim(`    … ${number(more)} more`));
  }
  if (campaign.state === 'compared' && counts.every(([, n]) => n === 0)) lines.push('  both sides agree');
  return lines;
}

/** What a reconciliation found, for a person. */
export function reconcileText(
  report: ReconcileReport,
  about: { organization: string; fix: boolean; durationMs: number; sandbox: boolean; next: NextStep | undefined },
  terminal: Terminal,
): string {
  const { colors } = terminal;
  const campaigns = `${report.campaigns.length} campaign${report.campaigns.length === 1 ? '' : 's'}`;
  const facts = [
    `organization ${about.organization}`,
    campaigns,
    `${number(report.requests)} requests`,
    prettyMs(about.durationMs),
  ];
  const lines = ['', `${colors.bold('Reconcile')}  ${facts.join(' · ')}`];
  for (const campaign of report.campaigns) {
    const leads = report.leads.filter((lead) => lead.campaign === campaign.id);
    lines.push(...campaignLines(campaign, leads, terminal));
  }
  const found = report.fixed + report.left;
  const left = report.left === 0 ? '' : ` · ${number(report.left)} left as they are`;
  const corrected = about.fix ? `${number(report.fixed)} corrected${left}` : 'nothing was changed';
  lines.push(`${colors.bold('Differences')}  ${found === 0 ? 'none' : `${number(found)} · ${corrected}`}`);
  if (report.leads_left_off > 0) {
    lines.push(colors.dim(`${number(report.leads_left_off)} leads are counted and not listed`));
  }
  for (const problem of report.problems) lines.push(`${colors.red('✖')} ${printable(problem)}`);
  if (about.sandbox) lines.push('Sandbox  this was a local stand-in; Smartlead itself was not asked');
  if (about.next) {
    const note = about.next.note === undefined ? '' : colors.dim(`   (${about.next.note})`);
    lines.push(`${colors.bold('Next')}  ${about.next.command}${note}`);
  }
  return `${lines.join('\n')}\n`;
}
