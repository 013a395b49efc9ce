import { canonicalAddress } from '../address.js';
import { leadLookupSchema, rosterPageSchema } from './answers.js';
import { readJson } from './body.js';
import type { HttpResult } from './exchange.js';
import { type KeyFailure, readKeyFailure } from './failures.js';

/** Whether a lead is in a campaign, as GET /leads/?email= tells. */
export type LookupAnswer = { kind: 'known'; present: boolean; smartleadLeadId: string | null } | KeyFailure;

/** A page of a campaign's roster: ids by address, how many entries it had, and how many leads the campaign has in all. */
export type RosterAnswer =
  | { kind: 'page'; members: Map<string, string>; entries: number; total: number }
  /** `missing`: Smartlead says that there is no such campaign. */
  | { kind: 'unreadable'; missing: boolean }
  | KeyFailure;

const UNREADABLE: KeyFailure = {
  kind: 'unknown',
  message: 'Smartlead gave no readable answer when asked about the lead',
};

/** The JSON of a 200; undefined for any other answer. */
export function parseBody(result: HttpResult): unknown {
  return result.kind === 'answer' && result.status === 200 ? readJson(result.body) : undefined;
}

/** Whether an answer says of itself that it failed: then what else it says proves nothing. */
function saysItFailed({ ok, success, error }: Record<string, unknown>): boolean {
  return (
    ok === false || success === false || (error !== undefined && error !== null && error !== '' && error !== false)
  );
}

/** Reads a look-up. It finds leads anywhere in the account, so the campaign itself must be named. */
export function readLookup(result: HttpResult, email: string, campaignId: string, now: number): LookupAnswer {
  const failure = readKeyFailure(result, now);
  if (failure) return failure;
  const parsed = leadLookupSchema.safeParse(parseBody(result));
  if (!parsed.success || saysItFailed(parsed.data)) return UNREADABLE;
  const lead = parsed.data;
  // An unknown address gives {}; anything else without an id says nothing about leads.
  if (lead.id === undefined && Object.keys(lead).length > 0) return UNREADABLE;
  const sameLead = lead.email === undefined || canonicalAddress(lead.email) === canonicalAddress(email);
  const present = sameLead && (lead.lead_campaign_data ?? []).some((place) => place.campaign_id === campaignId);
  return { kind: 'known', present, smartleadLeadId: present ? (lead.id ?? null) : null };
}

/** Reads one page of a roster. */
export function readRosterPage(result: HttpResult, now: number): RosterAnswer {
  const failure = readKeyFailure(result, now);
  if (failure) return failure;
  const parsed = rosterPageSchema.safeParse(parseBody(result));
  // A total that does not add up says nothing about the members who are named: reconcile reports it.
  if (!parsed.success || saysItFailed(parsed.data))
    return { kind: 'unreadable', missing: result.kind === 'answer' && result.status === 404 };
  const members = parsed.data.data.map(({ lead }) => [canonicalAddress(lead.email), lead.id] as const);
  return {
    kind: 'page',
    members: new Map(members),
    entries: members.length,
    total: Math.min(parsed.data.total_leads, Number.MAX_SAFE_INTEGER),
  };
}
