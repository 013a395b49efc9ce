import { STOP_TEXT } from '../pipeline/problems.js';
import type { LeadHistory } from '../store/leads/lead-history.js';
import type { Stop } from '../store/queue/stops.js';
import { campaignWords, howFar, sentence, utc } from '../text/words.js';
import { type Advice, type AdviceSettings, holdAdvice, type Step } from './hold-advice.js';
import { ownAttempts } from './own-attempts.js';
import type { StoryEntry, Suggest } from './story-types.js';
import { refusedUnsent } from './today.js';

/** A stop that keeps the lead from being pushed for now. */
export interface StopInTheWay {
  /** null: the whole key is stopped. */
  campaign: string | null;
  reason: string;
  message: string;
  since: string;
  until: string | null;
  text: string;
}

/** The request that has taken the lead along. */
export interface InFlight {
  attempt: number;
  since: string;
  host: string;
  pid: number;
  /** Its process is gone, or stands still: the next run takes the lead back. */
  abandoned: boolean;
  text: string;
}

/** What will become of a lead. */
export interface Next extends Advice {
  /** When it may be pushed, ISO 8601; null: no time is set. */
  at: string | null;
  /** Set while a request with it is on its way. */
  in_flight: InFlight | null;
  /** The run that is to push it and is still at work; null where there is none, or nothing to push. */
  run_at_work: string | null;
  stops: StopInTheWay[];
  /** Why it must not be mailed. */
  suppressed: string | null;
  /** The last message about it, where `what` does not say it already. */
  last_message: string | null;
}

function stopInTheWay(stop: Stop, history: LeadHistory, now: number): StopInTheWay {
  const { campaignId, reason, message, since, until, leftMs } = stop;
  const who = campaignId === '' ? 'The key' : sentence(campaignWords(campaignId, history.campaigns)).slice(0, -1);
  const end =
    until === null || leftMs === null
      ? 'until a run tries once more, or retry --held --now lifts it'
      : leftMs === 0
        ? 'and may be tried again now'
        : `and goes on at ${utc(until)}${howFar(until, now)}`;
  const why = message === STOP_TEXT[reason] ? message : `${STOP_TEXT[reason]} (${message})`;
  const text = `${who} is stopped since ${utc(since)}, ${end}: ${why}.`;
  return { campaign: campaignId === '' ? null : campaignId, reason, message, since, until, text };
}

function inFlight(history: LeadHistory): InFlight | null {
  const { lead, attempts, campaigns } = history;
  if (lead.attempt_id === null) return null;
  const attempt = attempts.get(lead.attempt_id);
  if (!attempt) return null;
  const { id, claimed_at: since, host, pid, abandoned, lead_count } = attempt;
  const where = campaignWords(attempt.campaign_id, campaigns);
  const number = ownAttempts(history).get(id);
  const text = abandoned
    ? `Attempt ${number} took it along to ${where} ${utc(since)}, but the process ${pid} on ${host} that did so is gone, or stands still: the next run takes the lead back and settles it.`
    : `On its way right now: attempt ${number} has been at it since ${utc(since)}, for ${lead_count} lead${lead_count === 1 ? '' : 's'} of ${where} (process ${pid} on ${host}).`;
  return { attempt: id, since, host, pid, abandoned, text };
}

/** What made the lead `unknown`: the first entry of those that left it so. */
function unknownSince(entries: readonly StoryEntry[]): string | undefined {
  const leavesUnknown = (entry: StoryEntry) =>
    entry.kind === 'recovered' || (entry.kind === 'attempt' && entry.result.hold_reason === 'unknown');
  const about = entries.filter(({ kind }) => kind !== 'arrival' && kind !== 'other');
  const last = about.findLastIndex((entry) => !leavesUnknown(entry));
  const first = about[last + 1];
  if (first?.kind === 'attempt') return `Attempt ${first.number}, at ${utc(first.at)}: ${first.answer}`;
  return first?.text;
}

function blockedAdvice(history: LeadHistory, entries: readonly StoryEntry[], file: string, suggest: Suggest): Advice {
  const { lead, suppressedFor, suppressedBy } = history;
  const step = (text: string, setting: string | null): Step => ({
    text,
    command: suggest('ingest', {}, [file]),
    setting,
  });
  const because = entries.findLast(
    (entry) => entry.kind === 'suppressed' || ('decision' in entry && entry.decision?.campaign === null),
  );
  const decision = because && 'decision' in because ? because.decision : null;
  if (suppressedFor !== undefined) {
    const what = `It is suppressed (${suppressedFor}), so it is never sent.`;
    return {
      what,
      by_itself: 'Nothing happens by itself: a suppression stays until someone takes it back.',
      can: [
        {
          text: 'If it may be mailed after all, take it off the list and ingest it again',
          command: suggest('suppress remove', {}, [suppressedBy ?? lead.email]),
          setting: null,
        },
      ],
    };
  }
  const listed = decision?.suppressed ?? null;
  if (listed !== null) {
    return {
      what: `It must not be mailed: ${listed}.`,
      by_itself: 'Nothing happens by itself, until it is ingested again and the list does not name it any more.',
      can: [
        step(
          'If it may be mailed after all, take the entry out of health.block in the rules file, then',
          'health.block',
        ),
      ],
    };
  }
  const signals = decision?.signals.map(({ text }) => text).join(' ') ?? '';
  return {
    what: `Its health is ${lead.health_classification} (${lead.health_score} points). ${signals}`.trim(),
    by_itself: 'Nothing happens by itself, until it is ingested again and its health is better.',
    can: [
      step('Correct it at the source and ingest it again', null),
      step(
        'Or, if you know that the address is good, add it or its domain to health.allow in the rules file, then',
        'health.allow',
      ),
    ],
  };
}

/** What will happen to a lead, when, by what; and what a person can do. Pure. */
export function nextOf(
  history: LeadHistory,
  entries: readonly StoryEntry[],
  about: { file: string; settings: AdviceSettings | undefined; now: number },
  suggest: Suggest,
): Next {
  const { lead, runs, campaigns, suppressedFor } = history;
  const campaign = lead.assigned_campaign_id;
  const waits = lead.status === 'HELD' && campaign !== null;
  const stops = history.stops.filter((stop) => waits && (stop.campaignId === '' || stop.campaignId === campaign));
  const toBePushed = lead.next_attempt_at !== null || lead.attempt_id !== null;
  const base = {
    at: lead.next_attempt_at,
    in_flight: inFlight(history),
    run_at_work: (toBePushed && runs.find(({ seq, alive }) => seq === lead.push_run_seq && alive)?.id) || null,
    stops: stops.map((stop) => stopInTheWay(stop, history, about.now)),
    suppressed: suppressedFor ?? null,
    last_message: null,
  };
  if (lead.status === 'BLOCKED') return { ...base, ...blockedAdvice(history, entries, about.file, suggest) };
  if (lead.hold_reason === null) {
    const where = campaign === null ? 'its campaign' : campaignWords(campaign, campaigns);
    const by_itself =
      suppressedFor === undefined
        ? 'Nothing more is to be done.'
        : `It is suppressed (${suppressedFor}): it is added to no further campaign. That takes it out of none.`;
    return { ...base, what: `It is in ${where}, proven.`, by_itself, can: [] };
  }
  const advice = holdAdvice(
    lead.hold_reason,
    {
      email: lead.email,
      campaign: campaign === null ? 'its campaign' : campaignWords(campaign, campaigns),
      persona: lead.persona ?? null,
      lead_score: lead.lead_score ?? null,
      last_error: lead.last_error,
      sign: lead.review?.[0],
      next_attempt_at: lead.next_attempt_at,
      push_attempts: lead.push_attempts,
      unknownSince: unknownSince(entries),
      refusedUnsent: refusedUnsent(history),
      runId: runs.find(({ seq }) => seq === lead.run_seq)?.id,
      runAtWork: base.run_at_work !== null,
      ...about,
    },
    suggest,
  );
  if (base.in_flight && !base.in_flight.abandoned) {
    return { ...base, ...advice, by_itself: 'What comes of it is noted as soon as the answer is there.', can: [] };
  }
  // For a lead in another campaign the message is drason's own advice, given in `can`.
  const ownAdvice = lead.hold_reason === 'in_other_campaign' || lead.hold_reason === 'review';
  const message = ownAdvice ? null : lead.last_error;
  const said = [advice.what, ...base.stops.map(({ text }) => text)];
  const last_message = said.some((text) => text.includes(message ?? '')) ? null : message;
  if (suppressedFor === undefined) return { ...base, ...advice, last_message };
  const then = lead.hold_reason === 'unknown' ? 'it is looked up, and not sent again' : 'it is blocked instead of sent';
  return {
    ...base,
    ...advice,
    last_message,
    by_itself: `It has been suppressed meanwhile (${suppressedFor}): the next time ${then}.`,
    can: [],
  };
}
