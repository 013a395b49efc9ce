/** What an answer says of leads that it names. */
import { canonicalAddress } from '../address.js';
import { type AddLeadsAnswer, idSchema } from './answers.js';
import type { Doubts } from './doubts.js';
import { waysLeftOut } from './left-out.js';
import { verdictOfReason } from './reasons.js';
import type { Verdict } from './verdict.js';

export interface Named {
  /** By canonical address. */
  verdicts: Map<string, Verdict>;
  /** Leads of which two things are said that cannot both be true. */
  disputed: number;
  /** How many leads the map of ids has in each of its parts; `elsewhere`: and nowhere else. */
  added: number;
  existing: number;
  elsewhere: number;
}

/** The entries of one part of the map of ids; `id` is undefined for what is none. */
function entriesOf(part: Record<string, unknown> | null | undefined) {
  return Object.entries(part ?? {}).map(([email, id]) => ({
    email: canonicalAddress(email),
    id: idSchema.safeParse(id).data,
  }));
}

const UNCLEAR: Verdict = { kind: 'unproven', byPushing: false };

/** One verdict out of all that is said of a lead; undefined when two of them disagree. */
function agreed(said: readonly Verdict[], countsElsewhere: boolean): Verdict | undefined {
  const inside = said.filter(({ kind }) => kind === 'accepted');
  const outside = said.filter(({ kind }) => kind !== 'accepted');
  // A member of this campaign may be one of others, too, unless it was counted as skipped for that.
  const besides = outside.every(({ kind }) => kind === 'in_other_campaign') && !countsElsewhere;
  if (inside.length > 0 && outside.length > 0 && !besides) return undefined;
  if (inside.length === 0) return new Set(outside.map(({ kind }) => kind)).size === 1 ? outside[0] : undefined;
  const ids = new Set(
    inside.flatMap((verdict) => (verdict.kind === 'accepted' ? (verdict.smartleadLeadId ?? []) : [])),
  );
  const byId = inside.find((verdict) => verdict.kind === 'accepted' && verdict.smartleadLeadId !== null);
  return ids.size > 1 ? undefined : (byId ?? inside[0]);
}

/** Collects what an answer says of leads by name. Of a lead about which it contradicts itself nothing is proven. */
export function readNamed(answer: AddLeadsAnswer, doubts: Doubts): Named {
  const said = new Map<string, Verdict[]>();
  const say = (email: string, verdict: Verdict) => void said.set(email, [...(said.get(email) ?? []), verdict]);
  for (const { listed, verdict } of waysLeftOut(answer)) {
    for (const email of listed) say(canonicalAddress(email), verdict);
  }
  for (const { email, reason } of answer.skipped_leads ?? []) say(canonicalAddress(email), verdictOfReason(reason));
  const map = answer.emailToLeadIdMap;
  const entries = [entriesOf(map?.newlyAddedLeads), entriesOf(map?.existingLeads)];
  const [added = [], existing = []] = entries.map((part) =>
    part.flatMap(({ email, id }) => (id ? [{ email, id }] : [])),
  );
  for (const { email, id } of [...added, ...existing]) {
    say(email, { kind: 'accepted', evidence: 'id_map', smartleadLeadId: id });
  }
  // Without an id the map says nothing of a lead, but it speaks against what is said of it elsewhere.
  for (const { email, id } of entries.flat()) if (!id && said.has(email)) say(email, UNCLEAR);
  const inside = new Set([...added, ...existing].map(({ email }) => email));
  const others = Object.keys(map?.existingLeadsInOtherCampaigns ?? {}).map(canonicalAddress);
  for (const email of others) say(email, { kind: 'in_other_campaign' });

  const elsewhere = others.filter((email) => !inside.has(email)).length;
  const verdicts = new Map<string, Verdict>();
  let disputed = 0;
  for (const [email, verdictsOfLead] of said) {
    const verdict = agreed(verdictsOfLead, (answer.skipped_in_other_campaign_count ?? 0) > 0);
    if (!verdict) disputed++;
    const believed = verdict && !(verdict.kind === 'accepted' && doubts.mentioned.has(email));
    verdicts.set(email, believed ? verdict : UNCLEAR);
  }
  return { verdicts, disputed, added: added.length, existing: existing.length, elsewhere };
}
