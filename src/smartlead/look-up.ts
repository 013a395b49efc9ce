import type { HttpResult } from './client.js';
import { leadLookupSchema } from './wire.js';

/** Whether a lead is in a campaign, as GET /leads/?email= tells. */
export type LookupAnswer =
  | { kind: 'known'; present: boolean; smartleadLeadId: string | null }
  | { kind: 'no_answer'; message: string };

/** Reads a look-up. It finds leads anywhere in the account, so the campaign itself must be named. */
export function readLookup(result: HttpResult, email: string, campaignId: string): LookupAnswer {
  if (result.kind !== 'answer') return { kind: 'no_answer', message: result.message };
  if (result.status !== 200) return { kind: 'no_answer', message: `${result.status} when asked about the lead` };
  let json: unknown;
  try {
    json = JSON.parse(result.body);
  } catch {
    return { kind: 'no_answer', message: 'Smartlead gave no readable answer when asked about the lead' };
  }
  const parsed = leadLookupSchema.safeParse(json);
  if (!parsed.success) return { kind: 'no_answer', message: 'Smartlead gave an unknown answer when asked about the lead' };
  const lead = parsed.data;
  const sameLead = lead.email === undefined || lead.email.trim().toLowerCase() === email;
  const present = sameLead && (lead.lead_campaign_data ?? []).some((place) => place.campaign_id === campaignId);
  return { kind: 'known', present, smartleadLeadId: present ? (lead.id ?? null) : null };
}
