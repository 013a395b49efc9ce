import type { HttpResult } from './client.js';
import { type KeyFailure, readKeyFailure } from './failures.js';
import { leadLookupSchema } from './wire.js';

/** Whether a lead is in a campaign, as GET /leads/?email= tells. */
export type LookupAnswer = { kind: 'known'; present: boolean; smartleadLeadId: string | null } | KeyFailure;

const UNREADABLE: KeyFailure = {
  kind: 'unknown',
  message: 'Smartlead gave no readable answer when asked about the lead',
};

/** Reads a look-up. It finds leads anywhere in the account, so the campaign itself must be named. */
export function readLookup(result: HttpResult, email: string, campaignId: string, now: number): LookupAnswer {
  const failure = readKeyFailure(result, now);
  if (failure) return failure;
  if (result.kind !== 'answer' || result.status !== 200) return UNREADABLE;
  let json: unknown;
  try {
    json = JSON.parse(result.body);
  } catch {
    return UNREADABLE;
  }
  const parsed = leadLookupSchema.safeParse(json);
  if (!parsed.success) return UNREADABLE;
  const lead = parsed.data;
  const sameLead = lead.email === undefined || lead.email.trim().toLowerCase() === email;
  const present = sameLead && (lead.lead_campaign_data ?? []).some((place) => place.campaign_id === campaignId);
  return { kind: 'known', present, smartleadLeadId: present ? (lead.id ?? null) : null };
}
