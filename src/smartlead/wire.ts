/** What is sent to Smartlead. Nothing here needs zod: whoever only decides about leads loads this, too. */
import type { Lead, Scalar } from '../lead.js';

/** The three choices an organization has about leads Smartlead already knows (docs/smartlead.md). */
export interface PushFlags {
  ignore_global_block_list: boolean;
  ignore_unsubscribe_list: boolean;
  ignore_duplicate_leads_in_other_campaign: boolean;
}

/** One lead as Smartlead's API takes it. Any other key would make Smartlead refuse the whole request. */
export interface WireLead {
  email: string;
  first_name?: string;
  last_name?: string;
  company_name?: string;
  phone_number?: string;
  website?: string;
  location?: string;
  linkedin_profile?: string;
  company_url?: string;
  custom_fields?: Record<string, Scalar>;
}

/** The body of POST /campaigns/{id}/leads. */
export interface AddLeadsBody {
  lead_list: WireLead[];
  settings: PushFlags & { return_lead_ids?: true };
}

/** Our field → Smartlead's, for everything but the address and the custom fields. */
const WIRE_NAMES = [
  ['first_name', 'first_name'],
  ['last_name', 'last_name'],
  ['company', 'company_name'],
  ['phone', 'phone_number'],
  ['website', 'website'],
  ['location', 'location'],
  ['linkedin_url', 'linkedin_profile'],
  ['company_url', 'company_url'],
] as const;

/** A title has no field of its own at Smartlead and travels as a custom field. */
function wireCustomFields(lead: Lead): Record<string, Scalar> {
  return lead.title === undefined ? lead.custom_fields : { title: lead.title, ...lead.custom_fields };
}

/** How many custom fields a lead is sent with. */
export function customFieldCount(lead: Lead): number {
  return Object.keys(wireCustomFields(lead)).length;
}

/** A lead as it is sent. */
export function toWireLead(lead: Lead): WireLead {
  const wire: WireLead = { email: lead.email };
  for (const [ours, theirs] of WIRE_NAMES) {
    const value = lead[ours];
    if (value !== undefined) wire[theirs] = value;
  }
  const custom = wireCustomFields(lead);
  if (Object.keys(custom).length > 0) wire.custom_fields = custom;
  return wire;
}

/** What drason would send of two leads is the same. Keys are made in one order, so their JSON can be compared. */
export function sameOnTheWire(a: Lead, b: Lead): boolean {
  const sorted = (lead: Lead) => {
    const { custom_fields, ...rest } = toWireLead(lead);
    return JSON.stringify([rest, Object.entries(custom_fields ?? {}).sort(([x], [y]) => (x < y ? -1 : 1))]);
  };
  return sorted(a) === sorted(b);
}

/** The most leads a page of a roster holds. */
export const ROSTER_PAGE = 100;
