import type { AttemptRecord } from '../store/leads/lead-history.js';
import { campaignWords, evidenceWords, sentence, utc } from '../text/words.js';
import type { ReadRow } from './audit-details.js';
import type { AttemptEntry } from './story-types.js';

type Names = ReadonlyMap<string, string>;
/** An attempt without its sentences. */
type Facts = Omit<AttemptEntry, 'text' | 'answer'>;

/** What was done, and to how many leads at once. */
function doneWords(step: string, leads: number | null, campaign: string): string {
  const others = (leads ?? 1) - 1;
  const company = leads === null ? '' : others === 0 ? ' alone' : ` with ${others} other${others === 1 ? '' : 's'}`;
  switch (step) {
    case 'roster':
      return `looked for it on the roster of ${campaign}`;
    case 'look_up':
      return `asked Smartlead whether it is in ${campaign}`;
    case 'push_again':
      return `sent to ${campaign} again${company}`;
    default:
      return `sent to ${campaign}${company}`;
  }
}

/** What an outcome of a whole request means; `{}` stands for its message. */
const OUTCOMES: Record<string, string> = {
  poisoned: 'Smartlead refused the whole request ({})',
  no_lead_ids: 'Smartlead does not know one of the settings of the request ({})',
  auth: 'Smartlead refused the key ({})',
  cdn_block: 'the CDN in front of Smartlead blocked the request ({})',
  redirect: 'a redirect came back instead of an answer ({})',
  campaign_not_found: 'Smartlead does not know the campaign ({})',
  rate_limited: 'Smartlead asked for a pause ({})',
  conflict: 'Smartlead answered with a conflict ({})',
  not_sent: 'the request did not get through ({})',
  unknown: 'no usable answer came ({}), so whether it arrived is open',
  abandoned: 'the process that sent it ended before the answer came',
};

function answerWords(entry: Facts): string {
  const { outcome, step, result } = entry;
  const looks = step === 'look_up' || step === 'roster';
  if (result.evidence !== null) return `proven: ${evidenceWords(result.evidence)}`;
  if (result.hold_reason === 'in_other_campaign') return 'Smartlead has it in another campaign and skipped it';
  if (outcome === 'looked_up' && result.hold_reason === 'unknown') {
    return result.message?.includes('broken off') ? 'the look-up was broken off' : 'that did not tell';
  }
  if (outcome === 'looked_up') return 'it is not there';
  if (outcome === 'evidence' && result.hold_reason === 'unknown') {
    const status = entry.http_status === null ? '' : ` ${entry.http_status}`;
    return `Smartlead answered${status}, but nothing in the answer says what became of this lead`;
  }
  if (outcome === 'unknown' && looks) return `no usable answer came (${entry.message ?? 'no message'})`;
  const words = outcome === null ? undefined : OUTCOMES[outcome];
  return words?.replace('{}', () => entry.message ?? 'no message') ?? result.message ?? 'nothing more is noted';
}

/** What followed from it for the lead. */
function consequence(entry: Facts, nextStep: string | undefined): string | undefined {
  const { outcome, result } = entry;
  const { hold_reason: reason } = result;
  if (reason === null) return entry.late ? 'The answer came late; it counts all the same' : undefined;
  if (reason === 'gave_up') return 'The attempts are used up: drason gave up';
  if (outcome === 'poisoned') {
    if (reason === 'refused') return 'It was alone in the request, so it is this lead that Smartlead refuses';
    if (reason === 'push_failed') return 'Other leads are refused just so, so the fault is not in this lead';
    return 'It goes again in a smaller batch, to find the lead that spoils it';
  }
  if (nextStep === 'roster') return "The campaign's roster is read next";
  if (nextStep === 'push_again') return 'It is sent again: Smartlead recognises a lead that it has already';
  if (nextStep === 'look_up') return 'Smartlead is asked about it next';
  if (result.next_attempt_at !== null) return `Next try from ${utc(result.next_attempt_at)}`;
  return undefined;
}

/** One audit row about an attempt, with what is known of the request. Pure. */
export function attemptEntry(
  { action, created_at, details }: ReadRow,
  attempt: AttemptRecord | undefined,
  about: { wasRecovered: boolean; number: number },
  names: Names,
): AttemptEntry {
  const campaign = details.campaign ?? attempt?.campaign_id ?? null;
  const counters =
    typeof attempt?.answer === 'object' && attempt.answer !== null ? Object.entries(attempt.answer) : undefined;
  const entry: Facts = {
    kind: 'attempt',
    at: created_at,
    run: details.run ?? null,
    attempt: details.attempt ?? 0,
    number: about.number,
    campaign,
    step: attempt?.step ?? 'push',
    leads: attempt?.lead_count ?? null,
    started_at: attempt?.claimed_at ?? null,
    outcome: attempt?.outcome ?? null,
    http_status: attempt?.http_status ?? details.http_status ?? null,
    message: attempt?.message ?? null,
    counters: counters && counters.length > 0 ? Object.fromEntries(counters) : null,
    result: {
      action,
      hold_reason: details.evidence === undefined ? (details.reason ?? null) : null,
      evidence: details.evidence ?? null,
      smartlead_lead_id: details.smartlead_lead_id ?? null,
      message: details.message ?? null,
      next_attempt_at: details.next_attempt_at ?? null,
    },
    late: details.late || about.wasRecovered,
    reopened: details.reopened,
  };
  return { ...entry, answer: sentence(answerWords(entry)), text: attemptText(entry, details.step, names) };
}

function attemptText(entry: Facts, nextStep: string | undefined, names: Names): string {
  if (entry.reopened) {
    const message = entry.result.message ?? 'no message';
    return sentence(
      `another lead was refused with the same message (${message}), so this one is not to blame and is tried again`,
    );
  }
  const campaign = entry.campaign === null ? 'the campaign' : campaignWords(entry.campaign, names);
  const done = `attempt ${entry.number}: ${doneWords(entry.step, entry.leads, campaign)}`;
  const then = consequence(entry, nextStep);
  return [done, answerWords(entry), ...(then === undefined ? [] : [then])].map(sentence).join(' ');
}
