import { canonicalAddress } from '../address.js';
import { type AddLeadsAnswer, addLeadsAnswerSchema } from './answers.js';
import { readJson } from './body.js';
import { type Counters, countersOf } from './counters.js';
import { type Doubts, doubtsAbout } from './doubts.js';
import { waysLeftOut } from './left-out.js';
import { type Named, readNamed } from './named.js';
import type { Verdict } from './verdict.js';

export type { Verdict };

/** A 200 as far as it can be trusted: a verdict for each address, in the order they were sent. */
export interface Evidence {
  verdicts: Verdict[];
  creditsGone: boolean;
  /** Smartlead's own counters, for the record; addresses are left out. Undefined when there was nothing to parse. */
  counters: Counters | undefined;
}

/** An answer with all that is needed to weigh it. */
interface Case {
  answer: AddLeadsAnswer;
  doubts: Doubts;
  named: Named;
  /** How many leads were sent. */
  sent: number;
  creditsGone: boolean;
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, n) => total + n, 0);

/** How many leads the counters say are in the campaign; undefined when they say nothing of it. */
function countedIn({ total_leads, added_count, already_added_to_campaign }: AddLeadsAnswer): number | undefined {
  const added = total_leads ?? added_count;
  if (added === undefined && already_added_to_campaign === undefined) return undefined;
  return (added ?? 0) + (already_added_to_campaign ?? 0);
}

/** Words about used-up credits, which say nothing against the leads that came before them. */
const OUT_OF_CREDITS = /\b(?:limit|credits?|quota|plan)\b/i;

/** It says that it failed, and that is not because the credits ended on the way. */
function saysItFailed({ doubts, creditsGone, sent }: Case, inCampaign: number): boolean {
  if (doubts.failed) return true;
  if (doubts.notOk && !(creditsGone && inCampaign < sent)) return true;
  return doubts.error !== undefined && !(creditsGone && OUT_OF_CREDITS.test(doubts.error.slice(0, 2_000)));
}

/** Whether two statements of an answer cannot both be true: then it proves nothing about anybody. */
function contradictsItself(weighed: Case): boolean {
  const { answer, doubts, named, sent } = weighed;
  const { total_leads, added_count, already_added_to_campaign: already, upload_count: received } = answer;
  const added = total_leads ?? added_count;
  const ways = waysLeftOut(answer);
  const inCampaign = Math.max(countedIn(answer) ?? 0, named.added + named.existing);
  const skipped = Math.max(answer.skipped_count ?? 0, answer.skipped_leads?.length ?? 0);
  const outside = Math.max(skipped, sum(ways.map(({ count }) => count ?? 0))) + doubts.leftOutOddly;
  return (
    (total_leads !== undefined && added_count !== undefined && total_leads !== added_count) ||
    (added !== undefined && named.added > added) ||
    (already !== undefined && named.existing > already) ||
    named.elsewhere > (answer.skipped_in_other_campaign_count ?? Number.POSITIVE_INFINITY) ||
    (answer.skipped_leads?.length ?? 0) > (answer.skipped_count ?? Number.POSITIVE_INFINITY) ||
    ways.some(({ disputed }) => disputed) ||
    inCampaign + outside > sent + named.disputed ||
    (received !== undefined && (received > sent || received < Math.min(inCampaign, sent))) ||
    (inCampaign > 0 && saysItFailed(weighed, inCampaign))
  );
}

/** What the counters prove about the leads that nothing names: all of them or none. */
function restVerdict(weighed: Case, rest: number): Verdict {
  const { answer, doubts, named, sent, creditsGone } = weighed;
  const unproven: Verdict = { kind: 'unproven', byPushing: true };
  const left = waysLeftOut(answer)
    .map(({ count, listed, verdict }) => {
      const byName = verdict.kind === 'in_other_campaign' ? named.elsewhere : listed.length;
      return { n: Math.max(0, (count ?? 0) - byName), verdict };
    })
    .filter(({ n }) => n > 0);
  const leftCount = sum(left.map(({ n }) => n));
  const inCampaign = countedIn(answer) ?? 0;
  if (answer.ok === false && inCampaign === 0 && leftCount === 0) return { kind: 'unproven', byPushing: false };
  const { upload_count: received = sent, lead_import_stopped_count: stopped } = answer;
  const tooFewRows = received < sent && received + (stopped ?? 0) !== sent;
  const skippedUnnamed = (answer.skipped_count ?? 0) > (answer.skipped_leads?.length ?? 0);
  if (doubts.oddCounter || doubts.leftOutOddly > 0 || skippedUnnamed || tooFewRows) return unproven;

  const hasIdMap = Object.values(answer.emailToLeadIdMap ?? {}).some((part) => typeof part === 'object' && part);
  const [first] = left;
  if (!first) {
    const allIn = !hasIdMap && inCampaign === rest && !saysItFailed(weighed, inCampaign);
    if (allIn) return { kind: 'accepted', evidence: 'counters', smartleadLeadId: null };
    // The map names all that came in before the credits ended, and nothing else is left out.
    const cutOff =
      creditsGone && stopped === undefined && hasIdMap && countedIn(answer) === named.added + named.existing;
    return cutOff ? { kind: 'credit_limit' } : unproven;
  }
  if (leftCount !== rest || !(hasIdMap || inCampaign === 0)) return unproven;
  if (left.length === 1) return first.verdict;
  return left.every(({ verdict }) => verdict.kind === 'refused')
    ? { kind: 'refused', message: 'Smartlead left the lead out (invalid, unsubscribed, blocked or bounced)' }
    : unproven;
}

/** An answer of which drason knows the shape, without what it gives as null; undefined for any other. */
function readAnswer(body: string): AddLeadsAnswer | undefined {
  const value = readJson(body);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const told = Object.fromEntries(Object.entries(value).filter(([, part]) => part !== null));
  return addLeadsAnswerSchema.safeParse(told).data;
}

/** Something that is counted, listed, or said of ids. */
const TELLS = /"(total_leads|added_count|already_added_to_campaign|upload_count|ok|success|emailToLeadIdMap)"\s*:/g;

/** A name that is there twice: JSON.parse silently believes the last. */
function saysTwice(body: string): boolean {
  const names = Array.from(body.matchAll(TELLS), ([, name]) => name);
  return new Set(names).size < names.length;
}

/** An answer without a single counter, list or id says nothing about any lead. */
function saysAnything({ ok, success, status, message, error, campaign_id, ...rest }: AddLeadsAnswer): boolean {
  return Object.values(rest).some((value) => typeof value === 'number' || typeof value === 'object');
}

/**
 * Reads a 200 answer to a push of `emails` (canonical, each once) into a campaign. Evidence from strongest to weakest:
 * the id map, the lists of addresses, counters that leave one reading. Two statements that disagree prove nothing. A lead
 * that nothing proves is `unproven`, never accepted.
 */
export function readEvidence(body: string, emails: readonly string[], campaignId?: string): Evidence {
  const sent = emails.length;
  const all = (verdict: Verdict) => emails.map(() => verdict);
  const answer = readAnswer(body);
  if (!answer || !saysAnything(answer)) {
    const counters = answer && countersOf(answer);
    return { verdicts: all({ kind: 'unproven', byPushing: false }), creditsGone: false, counters };
  }
  const doubts = doubtsAbout(answer, campaignId);
  const named = readNamed(answer, doubts);
  const wordsOfCredits = [...named.verdicts.values()].some(({ kind }) => kind === 'credit_limit');
  const creditsGone =
    answer.is_lead_limit_exhausted === true || (answer.lead_import_stopped_count ?? 0) > 0 || wordsOfCredits;
  const weighed: Case = { answer, doubts, named, sent, creditsGone };
  // A lone lead that the answer does not explain will not be explained by sending it alone once more.
  const open: Verdict = { kind: 'unproven', byPushing: sent > 1 };
  const counters = countersOf(answer);
  if (saysTwice(body) || contradictsItself(weighed)) return { verdicts: all(open), creditsGone, counters };

  const verdictOf = (email: string) => named.verdicts.get(canonicalAddress(email));
  const rest = restVerdict(weighed, emails.filter((email) => !verdictOf(email)).length);
  const settled = rest.kind === 'unproven' && sent === 1 ? open : rest;
  return { verdicts: emails.map((email) => verdictOf(email) ?? settled), creditsGone, counters };
}
