import { redact } from '../redact.js';
import type { LeadStory, UnknownAddress } from '../story/lead-story.js';
import { type Fold, foldStory } from '../story/story-folds.js';
import type { DecisionStory, StoryEntry, TriedRule } from '../story/story-types.js';
import { printable } from '../text/wording.js';
import { evidenceWords, sentence, utc } from '../text/words.js';
import type { Terminal } from './terminal.js';
import { wrap } from './wrap.js';

/** With more rules than this that did not match, those that a lead missed by its persona are only counted. */
const MANY_RULES = 8;

/** Text that may come from outside, on one line and harmless. */
const plain = (text: string) => redact(printable(text.replace(/\s+/g, ' ')));
/** A command, to be copied as it is. */
const command = (text: string) => redact(printable(text)).replaceAll('\n', '␊');

/** The time of an entry: its day and second; UTC is said once, above. */
const clockTime = (iso: string) => utc(iso).replace(' UTC', '');

/** The story of one lead for a person at a terminal. Lines are broken where the terminal is known to end. */
export function whyText(told: LeadStory, terminal: Terminal): string {
  const { colors, verbose } = terminal;
  const width = Math.max(40, terminal.width ?? Number.POSITIVE_INFINITY);
  const lines: string[] = [];
  const add = (text: string, first = '', rest = first) => lines.push(wrap(text, width, first, rest));
  const heading = (text: string) => lines.push('', colors.bold(text));
  const copy = (text: string, indent: string) => lines.push(`${indent}${colors.cyan(`$ ${command(text)}`)}`);

  function head(): void {
    const { lead } = told;
    const state = lead.hold_reason === null ? lead.status : `${lead.status} ${lead.hold_reason}`;
    const color = { ACTIVE: colors.green, HELD: colors.yellow, BLOCKED: colors.red }[lead.status];
    const campaign = lead.assigned_campaign_id;
    const name = lead.campaign_name === null ? '' : ` (${plain(lead.campaign_name)})`;
    const where = campaign === null ? '' : ` · campaign ${plain(campaign)}${name}`;
    add(`${colors.bold(plain(lead.email))}  ${color(state)}${where}`);
    const facts = [
      [lead.first_name, lead.last_name].filter((part) => part !== null).join(' '),
      lead.company ?? '',
      lead.persona ?? 'no persona',
      lead.lead_score === null ? 'no score' : `score ${lead.lead_score}`,
      `health ${lead.health_classification} ${lead.health_score}`,
      lead.source === null ? '' : `source ${lead.source}`,
      `organization ${lead.organization_id}`,
    ];
    add(
      facts
        .filter((fact) => fact !== '')
        .map(plain)
        .join(' · '),
    );
  }

  function sandbox(): void {
    if (told.sandbox)
      add('Sandbox: what is told of Smartlead here is told of a local stand-in, not of Smartlead itself.');
  }

  function rule({ rule: text, matched, why }: TriedRule): void {
    if (matched) add(`${colors.green('✓')} ${plain(text)}`, '    ', '      ');
    else add(`${colors.red('✗')} ${plain(text)}: ${plain(why ?? '')}`, '    ', '      ');
  }

  function rules({ tried, not_told, rules: hash }: DecisionStory): void {
    const missed = tried.filter(({ matched }) => !matched);
    const all = verbose || missed.length <= MANY_RULES;
    // Of many, those are of interest that the lead missed by its score alone.
    const shown = all ? missed : missed.filter(({ miss }) => miss === 'score').slice(0, MANY_RULES);
    for (const one of shown) rule(one);
    const left = missed.length - shown.length;
    if (left > 0) add(`${colors.red('✗')} ${left} more rules did not match (--verbose names them)`, '    ', '      ');
    for (const one of tried) if (one.matched) rule(one);
    if (not_told !== null) add(`Which rules were tried cannot be told: ${not_told}.`, '    ');
    else if (hash !== null && tried.length === 0) add('There were no rules to try.', '    ');
  }

  function decision(now: DecisionStory, before: DecisionStory | undefined): void {
    if (now.health_classification !== null) {
      const points = now.health_score === null ? '' : `, ${now.health_score} points`;
      add(`Health ${now.health_classification}${points}${now.allowed ? ' (on the allow-list)' : ''}`, '    ');
    }
    for (const { penalty, text } of now.signals)
      add(`${colors.yellow(`−${penalty}`)} ${plain(text)}`, '      ', '          ');
    if (before !== undefined && now.tried.length > 0 && JSON.stringify(before.tried) === JSON.stringify(now.tried)) {
      const { rule: match } = now.tried.find(({ matched }) => matched) ?? {};
      const same = match === undefined ? 'none matches' : plain(match);
      add(`The rules as before: ${same}`, '    ');
    } else rules(now);
  }

  function counters(entry: Extract<StoryEntry, { kind: 'attempt' }>): void {
    if (entry.counters === null) return;
    const shown = Object.entries(entry.counters).filter(([, value]) => value !== 0 && value !== false);
    const text = shown.map(([name, value]) => `${name} ${String(value)}`).join(' · ');
    const of = entry.leads === null || entry.leads === 1 ? '' : `, of all ${entry.leads} leads`;
    add(colors.dim(`Smartlead's counters${of}: ${plain(text === '' ? 'all 0' : text)}`), '    ', '      ');
  }

  function more(fold: Fold): void {
    if (fold.more === 0) return;
    const attempts = fold.attempts.length === 0 ? [] : [`attempts ${fold.attempts[0]} to ${fold.attempts.at(-1)}`];
    const sizes = new Set(fold.leads).size > 1 ? [`for ${fold.leads.join(', ')} leads`] : [];
    const details = [...attempts, ...sizes].join(', ');
    const until = fold.until === null ? '' : `, until ${clockTime(fold.until)}`;
    add(`… the same ${fold.more} more times${until}${details === '' ? '' : ` (${details})`}`, '    ', '      ');
  }

  function story(): void {
    heading('Story (times in UTC, newest last)');
    const entries = told.story;
    const folds: Fold[] = verbose
      ? entries.map((entry) => ({ entries: [entry], more: 0, until: null, attempts: [], leads: [] }))
      : foldStory(entries);
    let last: DecisionStory | undefined;
    for (const fold of folds) {
      for (const entry of fold.entries) {
        add(`${colors.dim(clockTime(entry.at))}  ${plain(entry.text)}`, '  ', '    ');
        if ((entry.kind === 'arrival' || entry.kind === 'retry') && entry.decision !== null) {
          decision(entry.decision, last);
          last = entry.decision;
        }
        if (entry.kind === 'attempt') counters(entry);
        if (entry.run !== null && (entry.kind === 'arrival' || entry.kind === 'retry')) {
          lines.push(`    ${colors.dim(`run ${plain(entry.run)}`)}`);
        }
      }
      more(fold);
    }
  }

  function memberships(): void {
    if (told.memberships.length === 0) return;
    heading('Proven to be in');
    for (const { campaign, name, evidence, smartlead_lead_id, number, since } of told.memberships) {
      const facts = [
        `campaign ${campaign}${name === null ? '' : ` (${name})`}, since ${utc(since)}`,
        smartlead_lead_id === null ? '' : `Smartlead's lead ${smartlead_lead_id}`,
        number === null ? '' : `attempt ${number}`,
        evidenceWords(evidence),
      ];
      add(plain(facts.filter((fact) => fact !== '').join(' · ')), '  ', '    ');
    }
  }

  function now(): void {
    const { next } = told;
    heading('Now');
    add(plain(next.what), '  ');
    if (next.last_message !== null) add(plain(sentence(`the last message: ${next.last_message}`)), '  ');
    if (next.in_flight) add(plain(next.in_flight.text), '  ');
    for (const stop of next.stops) add(`${colors.yellow('⚠')} ${plain(stop.text)}`, '  ', '    ');
    if (next.run_at_work !== null) add(plain(`Run ${next.run_at_work} is at work and has it in its line.`), '  ');
    heading('Next');
    add(plain(next.by_itself), '  ');
    for (const step of next.can) {
      add(`${plain(step.text)}${step.command === null ? '.' : ':'}`, '  · ', '    ');
      if (step.command !== null) copy(step.command, '      ');
    }
  }

  function today(): void {
    const { today: answer } = told;
    heading('By the rules of today');
    add(plain(answer.text), '  ');
    if (answer.differs && answer.decision) decision(answer.decision, undefined);
    if (answer.command !== null) copy(answer.command, '      ');
  }

  head();
  sandbox();
  story();
  memberships();
  now();
  today();
  return `${lines.join('\n')}\n`;
}

/** What can be said about an address that is no lead, on one line. */
export function unknownText(unknown: UnknownAddress, organization: string, database: string): string {
  const near = unknown.did_you_mean;
  const parts = [
    `${unknown.email} is no lead of organization ${organization} in ${database}`,
    ...(unknown.suppressed === null ? [] : [`it must not be mailed: ${unknown.suppressed}`]),
    ...(unknown.other_organizations.length === 0
      ? []
      : [`it is one of ${unknown.other_organizations.join(' and ')} (--org)`]),
    ...(near.length === 0 ? [] : [`did you mean ${near.join(' or ')}?`]),
  ];
  return parts.join('; ').replace(/\s+/g, ' ');
}
