import type { LeadHistory } from '../store/leads/lead-history.js';
import { campaignWords, evidenceWords, fileWords, sentence } from '../text/words.js';
import { type ReadRow, readRows } from './audit-details.js';
import { explainOld, type RoutedBy, readRuleSet, routedAt } from './old-decisions.js';
import { ownAttempts } from './own-attempts.js';
import { attemptEntry } from './story-attempts.js';
import type { ArrivalEntry, DecisionStory, RetryEntry, StoryEntry } from './story-types.js';

type Names = ReadonlyMap<string, string>;

const DECISIONS = new Set(['assigned', 'unassigned', 'blocked']);

/** Where a decision sent the lead, as half a sentence. */
function destinationWords(decision: DecisionStory, row: ReadRow, names: Names): string {
  if (decision.suppressed !== null) return `blocked: suppressed (${decision.suppressed})`;
  if (row.action === 'blocked') return `blocked: its health is ${decision.health_classification ?? 'RED'}`;
  if (decision.campaign === null) return 'no rule matched, so it waits in the holding pool';
  const campaign = campaignWords(decision.campaign, names);
  if (row.details.already_in) return `routed to ${campaign}, where it is already`;
  if (decision.refused !== null) return `routed to ${campaign}, but not to be sent: ${decision.refused}`;
  if (typeof row.details.sign === 'string') return `routed to ${campaign}, but held for review: ${row.details.sign}`;
  return row.details.review
    ? `routed to ${campaign}, and held for review (--no-push)`
    : `routed to ${campaign} and put in line`;
}

function arrival(row: ReadRow, again: boolean, decision: DecisionStory | null, names: Names): ArrivalEntry {
  const { file, line, run, fields } = row.details;
  const place = file === undefined ? '' : ` from ${fileWords(file)}${line === undefined ? '' : `, line ${line}`}`;
  const came = again ? `came again${place}` : `came in${place}`;
  const news = fields.length > 0 ? `, with new values for ${fields.join(', ')}` : '';
  const then = decision ? destinationWords(decision, row, names) : 'it stayed where it was';
  return {
    kind: 'arrival',
    at: row.created_at,
    run: run ?? null,
    text: sentence(`${came}${news}; ${then}`),
    file: file ?? null,
    line: line ?? null,
    again,
    changed: fields,
    decision,
  };
}

/** A lead that was decided again: by a retry, or by today's rules at the moment in which it would have been sent. */
function decidedAgain(
  row: ReadRow,
  decision: DecisionStory,
  inCampaigns: ReadonlySet<string>,
  names: Names,
): RetryEntry {
  const { was, run, campaign } = row.details;
  const already = campaign !== undefined && inCampaigns.has(campaign);
  const then = destinationWords(decision, { ...row, details: { ...row.details, already_in: already } }, names);
  const held = was === undefined ? '' : ` (it was held as ${was})`;
  return {
    kind: 'retry',
    at: row.created_at,
    run: run ?? null,
    text: sentence(
      `${row.trigger === 'retry' ? 'a retry decided it again' : 'decided again before it was sent'}${held}: ${then}`,
    ),
    was: was ?? null,
    decision,
  };
}

/** What `reconcile` found, and what it made of it. */
function reconciled({ action, created_at: at, details }: ReadRow, names: Names): StoryEntry {
  const campaign = details.campaign === undefined ? 'its campaign' : campaignWords(details.campaign, names);
  const was = details.was === undefined ? '' : ` (it was ${details.was} here)`;
  const found = details.evidence === undefined ? '' : `: ${evidenceWords(details.evidence)}`;
  let text = `it was found in ${campaign}${was}${found}`;
  if (action === 'push_failed') {
    text = `it is not in ${campaign}${was}, so it did not arrive and may be sent again`;
  } else if (action === 'gone_from_smartlead') {
    const then = details.reason === undefined ? 'it no longer counts as being there' : `held as ${details.reason}`;
    text = `it is no longer in ${campaign}${was}: neither its roster nor a look-up has it; ${then}`;
  }
  return { kind: 'reconciled', at, run: null, text: sentence(`reconcile: ${text}`), action, details };
}

/** Entries about something that was neither an arrival, nor a retry, nor an attempt. */
function otherEntry(
  { action, trigger, created_at: at, details }: ReadRow,
  numbers: ReadonlyMap<number, number>,
): StoryEntry {
  const run = details.run ?? null;
  const { reason = null, message = null } = details;
  if (trigger === 'recovery') {
    const text = `Attempt ${numbers.get(details.attempt ?? 0) ?? '?'} was given up: the process that sent it had ended, or stood still for too long, before the answer came. Whether the lead arrived is open; the next run settles it.`;
    return { kind: 'recovered', at, run, text, action, details };
  }
  if (action === 'blocked' && details.suppressed !== undefined) {
    const text = `Blocked before it was sent: suppressed meanwhile (${details.suppressed}).`;
    return { kind: 'suppressed', at, run, text, action, details };
  }
  if (action === 'held' && reason !== null) {
    const text = sentence(`held as ${reason} without being sent${message === null ? '' : `: ${message}`}`);
    return { kind: 'held', at, run, text, hold_reason: reason, message };
  }
  return { kind: 'other', at, run, text: sentence(`${action.replaceAll('_', ' ')} (${trigger})`), action, details };
}

/** When the last run took the lead in and nothing was new, no row was written: the run itself tells. */
function seenAgain({ lead, runs }: LeadHistory, rows: readonly ReadRow[]): ArrivalEntry | undefined {
  const run = runs.find(({ seq }) => seq === lead.run_seq);
  if (!run || rows.some(({ trigger, details }) => trigger === 'ingest' && details.run === run.id)) return undefined;
  const files = Array.isArray(run.inputs) ? run.inputs.map(String) : [];
  const from = files.length === 0 ? '' : ` from ${files.map(fileWords).join(' or ')}`;
  const [file = null] = files.length === 1 ? files : [];
  const text = `Came again${from}; nothing about it was changed.`;
  const entry = { kind: 'arrival', at: run.started_at, run: run.id, text, file, line: null } as const;
  return { ...entry, again: true, changed: [], decision: null };
}

/** The lead's story, oldest first, each decision explained by the rules, the persona and the score of its time. Pure. */
export function storyEntries(history: LeadHistory): StoryEntry[] {
  const rows = readRows(history.audit);
  const sets = new Map([...history.ruleSets].map(([hash, body]) => [hash, readRuleSet(hash, body)]));
  const routed: RoutedBy[] = routedAt(history.lead, rows);
  const numbers = ownAttempts(history);
  const recovered = new Set<number>();
  const inCampaigns = new Set<string>();
  let arrived = false;
  const entries: StoryEntry[] = rows.map((row, index): StoryEntry => {
    const { action, trigger, details } = row;
    const decision = () => explainOld(details, sets.get(details.rules ?? ''), routed[index] ?? {});
    if (trigger === 'ingest' && (DECISIONS.has(action) || action === 'updated')) {
      const entry = arrival(row, arrived, DECISIONS.has(action) ? decision() : null, history.campaigns);
      arrived = true;
      return entry;
    }
    const redecided = trigger === 'retry' || (trigger === 'delivery' && details.was !== undefined);
    if (redecided && DECISIONS.has(action)) return decidedAgain(row, decision(), inCampaigns, history.campaigns);
    if (trigger === 'delivery' && details.attempt !== undefined) {
      if (details.evidence !== undefined && details.campaign !== undefined) inCampaigns.add(details.campaign);
      const attempt = history.attempts.get(details.attempt);
      const about = { wasRecovered: recovered.has(details.attempt), number: numbers.get(details.attempt) ?? 0 };
      return attemptEntry(row, attempt, about, history.campaigns);
    }
    if (trigger === 'reconcile') {
      if (action === 'found_in_smartlead') inCampaigns.add(details.campaign ?? '');
      if (action === 'gone_from_smartlead') inCampaigns.delete(details.campaign ?? '');
      return reconciled(row, history.campaigns);
    }
    if (trigger === 'recovery' && details.attempt !== undefined) recovered.add(details.attempt);
    return otherEntry(row, numbers);
  });
  // The audit log's own order holds, whatever a clock that was set back says.
  const seen = seenAgain(history, rows);
  const later = seen ? entries.findIndex(({ at }) => at > seen.at) : -1;
  if (seen) entries.splice(later === -1 ? entries.length : later, 0, seen);
  return entries;
}
