import { redact } from '../redact.js';
import { type AddLeadsAnswer, addLeadsAnswerSchema } from './answers.js';

/** What one answer says about one lead. */
export type Verdict =
  | {
      kind: 'accepted';
      evidence: 'id_map' | 'list' | 'counters' | 'roster' | 'look_up';
      smartleadLeadId: string | null;
    }
  | { kind: 'refused'; message: string }
  | { kind: 'in_other_campaign' }
  | { kind: 'credit_limit' }
  /** Nothing proves it either way. `byPushing`: pushing it again in a smaller batch may tell. */
  | { kind: 'unproven'; byPushing: boolean };

/** A 200 as far as it can be trusted: a verdict for each address, in the order they were sent. */
export interface Evidence {
  verdicts: Verdict[];
  creditsGone: boolean;
  /** Smartlead's own counters, for the record; addresses are left out. Undefined when there was nothing to parse. */
  counters: Record<string, unknown> | undefined;
}

/** Counters that say why leads were left out, each with the list that may name them and what it means for a lead. */
const LEFT_OUT: ReadonlyArray<{
  count: (answer: AddLeadsAnswer) => number | undefined;
  verdict: Verdict;
  list?: (answer: AddLeadsAnswer) => unknown;
}> = [
  {
    count: (answer) => Math.max(answer.invalid_email_count ?? 0, numberIn(answer.invalid_emails)),
    list: (answer) => answer.invalid_emails,
    verdict: { kind: 'refused', message: 'Smartlead says the address is invalid' },
  },
  {
    count: (answer) => numberIn(answer.unsubscribed_leads),
    list: (answer) => answer.unsubscribed_leads,
    verdict: { kind: 'refused', message: 'Smartlead says the lead has unsubscribed' },
  },
  {
    count: (answer) => answer.block_count,
    verdict: { kind: 'refused', message: 'Smartlead has the lead on its block list' },
  },
  {
    count: (answer) => answer.bounce_count,
    verdict: { kind: 'refused', message: 'Smartlead has seen the address bounce' },
  },
  { count: (answer) => answer.skipped_in_other_campaign_count, verdict: { kind: 'in_other_campaign' } },
  { count: (answer) => answer.lead_import_stopped_count, verdict: { kind: 'credit_limit' } },
];

const KNOWN_COUNTERS = new Set([
  'upload_count',
  'total_leads',
  'added_count',
  'already_added_to_campaign',
  'invalid_email_count',
  'invalid_emails',
  'unsubscribed_leads',
  'block_count',
  'bounce_count',
  'skipped_in_other_campaign_count',
  'lead_import_stopped_count',
  'skipped_count',
  'skipped_leads',
]);

/** A counter whose name drason does not know counted something: what the others say may not be the whole truth. */
function hasUnknownCounter(answer: AddLeadsAnswer): boolean {
  return Object.entries(answer).some(([name, value]) => {
    if (KNOWN_COUNTERS.has(name)) return false;
    if (Array.isArray(value)) return value.length > 0;
    return (typeof value === 'number' || typeof value === 'string') && Number(value) > 0;
  });
}

function numberIn(value: number | string[] | undefined): number {
  return Array.isArray(value) ? value.length : (value ?? 0);
}

function lowered(map: Record<string, string> | undefined): Map<string, string> {
  return new Map(Object.entries(map ?? {}).map(([email, id]) => [email.trim().toLowerCase(), id]));
}

/** The documented shape gives a reason in words; only words that leave no doubt are taken at their word. */
function verdictOfReason(reason: string): Verdict {
  if (/other.campaign|another.campaign/i.test(reason)) return { kind: 'in_other_campaign' };
  if (/(already|exists).*\bin.(this|the|same)?.?campaign|already.added.to.campaign/i.test(reason)) {
    return { kind: 'accepted', evidence: 'list', smartleadLeadId: null };
  }
  if (/invalid|unsubscrib|block|bounce/i.test(reason)) return { kind: 'refused', message: `Smartlead says: ${reason}` };
  return { kind: 'unproven', byPushing: false };
}

/** Leads the answer names one by one, strongest evidence last so that it wins. A contradiction proves nothing. */
function namedVerdicts(answer: AddLeadsAnswer): Map<string, Verdict> {
  const named = new Map<string, Verdict>();
  for (const { list, verdict } of LEFT_OUT) {
    const emails = list?.(answer);
    if (Array.isArray(emails)) for (const email of emails) named.set(String(email).trim().toLowerCase(), verdict);
  }
  for (const { email, reason } of answer.skipped_leads ?? [])
    named.set(email.trim().toLowerCase(), verdictOfReason(reason));
  const map = answer.emailToLeadIdMap;
  for (const email of lowered(map?.existingLeadsInOtherCampaigns).keys())
    named.set(email, { kind: 'in_other_campaign' });
  for (const [email, id] of [...lowered(map?.existingLeads), ...lowered(map?.newlyAddedLeads)]) {
    const contradicts = named.get(email)?.kind === 'refused';
    named.set(
      email,
      contradicts
        ? { kind: 'unproven', byPushing: false }
        : { kind: 'accepted', evidence: 'id_map', smartleadLeadId: id },
    );
  }
  return named;
}

/** How often each way of being left out was counted beyond the leads it names. */
function unnamedLeftOut(answer: AddLeadsAnswer, named: Map<string, Verdict>): Array<{ n: number; verdict: Verdict }> {
  return LEFT_OUT.map(({ count, list, verdict }) => {
    const emails = list?.(answer);
    let listed = Array.isArray(emails) ? emails.length : 0;
    if (verdict.kind === 'in_other_campaign') {
      listed = [...named.values()].filter((other) => other.kind === 'in_other_campaign').length;
    }
    return { n: Math.max(0, (count(answer) ?? 0) - listed), verdict };
  }).filter(({ n }) => n > 0);
}

/** What the counters prove about the leads that nothing names: all of them or none. */
function restVerdict(answer: AddLeadsAnswer, named: Map<string, Verdict>, rest: number): Verdict {
  const unproven: Verdict = { kind: 'unproven', byPushing: true };
  if (hasUnknownCounter(answer)) return unproven;
  const leftOut = unnamedLeftOut(answer, named);
  const leftOutCount = leftOut.reduce((sum, { n }) => sum + n, 0);
  const hasIdMap = Object.values(answer.emailToLeadIdMap ?? {}).some((ids) => ids !== undefined);
  const inCampaign = (answer.total_leads ?? answer.added_count ?? 0) + (answer.already_added_to_campaign ?? 0);
  const [first] = leftOut;
  const skippedUnnamed = (answer.skipped_count ?? 0) > (answer.skipped_leads?.length ?? 0);
  const tooFewRows = (answer.upload_count ?? rest) < rest;
  if (answer.ok === false && inCampaign === 0 && leftOutCount === 0) return { kind: 'unproven', byPushing: false };
  if (skippedUnnamed || tooFewRows) return unproven;
  if (leftOutCount === 0 && !hasIdMap && inCampaign === rest && answer.ok !== false) {
    return { kind: 'accepted', evidence: 'counters', smartleadLeadId: null };
  }
  if (first && leftOutCount === rest && (hasIdMap || inCampaign === 0)) {
    if (leftOut.length === 1) return first.verdict;
    if (leftOut.every(({ verdict }) => verdict.kind === 'refused')) {
      return { kind: 'refused', message: 'Smartlead left the lead out (invalid, unsubscribed, blocked or bounced)' };
    }
  }
  return unproven;
}

/**
 * Reads a 200 answer to a push of `emails` (lower-case, each once). Evidence from strongest to weakest: the id map, the
 * lists of addresses, counters that leave one reading. A lead that nothing proves is `unproven`, never accepted.
 */
export function readEvidence(body: string, emails: readonly string[]): Evidence {
  let parsed: ReturnType<typeof addLeadsAnswerSchema.safeParse> | undefined;
  try {
    parsed = addLeadsAnswerSchema.safeParse(JSON.parse(body, (_name, value) => value ?? undefined));
  } catch {
    parsed = undefined;
  }
  const answer = parsed?.success ? parsed.data : undefined;
  if (!answer || !sayAnything(answer)) {
    return {
      verdicts: emails.map(() => ({ kind: 'unproven', byPushing: false })),
      creditsGone: false,
      counters: answer && countersOf(answer),
    };
  }
  const named = namedVerdicts(answer);
  const rest = emails.filter((email) => !named.has(email)).length;
  const verdict = restVerdict(answer, named, rest);
  // A lone lead that the counters do not explain will not be explained by sending it alone once more.
  const settled: Verdict =
    verdict.kind === 'unproven' && emails.length === 1 ? { kind: 'unproven', byPushing: false } : verdict;
  return {
    verdicts: emails.map((email) => named.get(email) ?? settled),
    creditsGone: answer.is_lead_limit_exhausted === true || (answer.lead_import_stopped_count ?? 0) > 0,
    counters: countersOf(answer),
  };
}

/** The numbers and yes-or-no values of an answer, lists as their lengths, and what it calls its error. */
function countersOf(answer: AddLeadsAnswer): Record<string, unknown> {
  const counters: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(answer)) {
    if (typeof value === 'number' || typeof value === 'boolean') counters[name] = value;
    else if (Array.isArray(value)) counters[name] = value.length;
    else if (name === 'error' && typeof value === 'string') counters[name] = redact(value).slice(0, 300);
  }
  return counters;
}

/** An answer without a single counter, list or id says nothing about any lead. */
function sayAnything(answer: AddLeadsAnswer): boolean {
  const { ok: _ok, error: _error, ...rest } = answer;
  return Object.values(rest).some(
    (value) => typeof value === 'number' || (typeof value === 'object' && value !== null),
  );
}
