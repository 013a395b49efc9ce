import type { HoldReason, Scalar, Status, TextField } from '../lead.js';
import type { Decider } from '../pipeline/decide.js';
import type { StoreContext } from '../store/engine/context.js';
import { isRehearsal } from '../store/engine/target.js';
import { knownAmong, organizationsWithLeads, suppressionOf } from '../store/leads/address-lookups.js';
import { type LeadHistory, leadHistory } from '../store/leads/lead-history.js';
import type { AdviceSettings } from './hold-advice.js';
import { nearAddresses } from './near-addresses.js';
import { ownAttempts } from './own-attempts.js';
import { storyEntries } from './story-entries.js';
import type { StoryEntry, Suggest } from './story-types.js';
import { type Today, todayOf } from './today.js';
import { type Next, nextOf } from './what-next.js';

/** A lead as it stands. Fields are named as the columns of `leads`; what is not known is null. */
export interface LeadFacts extends Record<TextField, string | null> {
  id: string;
  organization_id: string;
  email: string;
  lead_score: number | null;
  custom_fields: Record<string, Scalar>;
  verifier: string | null;
  status: Status;
  hold_reason: HoldReason | null;
  health_classification: string;
  health_score: number;
  assigned_campaign_id: string | null;
  /** The campaign's name, where it is known. */
  campaign_name: string | null;
  push_attempts: number;
  next_attempt_at: string | null;
  last_error: string | null;
  smartlead_lead_id: string | null;
  waiting_since: string | null;
  /** The run that took it in last. */
  run: string | null;
  created_at: string;
  updated_at: string;
}

/** A proven place in a campaign. */
export interface Membership {
  campaign: string;
  name: string | null;
  evidence: string;
  smartlead_lead_id: string | null;
  attempt: number | null;
  /** Which of the lead's own attempts proved it. */
  number: number | null;
  since: string;
}

/** Everything about one lead: where it came from, what was decided and tried, where it stands, what comes next. */
export interface LeadStory {
  email: string;
  /** The database was used with a stand-in on this machine: what is told of Smartlead is told of that. */
  sandbox: boolean;
  lead: LeadFacts;
  /** Oldest first. */
  story: StoryEntry[];
  memberships: Membership[];
  next: Next;
  today: Today;
}

/** An address that is no lead of the organization, with what can be said about it all the same. */
export interface UnknownAddress {
  email: string;
  lead: null;
  /** Why it must not be mailed; null when nothing says so. */
  suppressed: string | null;
  /** Leads whose address is nearly the same. */
  did_you_mean: string[];
  /** Other organizations of this database that have a lead with this address. */
  other_organizations: string[];
}

/** What a story is told from. */
export interface StoryRequest {
  store: StoreContext;
  organization: string;
  /** Today's gate and rules; a sentence says why they could not be looked at. */
  decider: Decider | string;
  /** Undefined where the rules file could not be looked at. */
  settings: AdviceSettings | undefined;
  /** The key whose stops count; undefined: the one that was last used. */
  keyId: string | undefined;
  suggest: Suggest;
}

function factsOf({ lead, waitingSince, runs, campaigns }: LeadHistory, organization: string): LeadFacts {
  const text = (field: TextField) => lead[field] ?? null;
  return {
    id: lead.id,
    organization_id: organization,
    email: lead.email,
    first_name: text('first_name'),
    last_name: text('last_name'),
    company: text('company'),
    persona: text('persona'),
    title: text('title'),
    phone: text('phone'),
    website: text('website'),
    location: text('location'),
    linkedin_url: text('linkedin_url'),
    company_url: text('company_url'),
    source: text('source'),
    lead_score: lead.lead_score ?? null,
    custom_fields: lead.custom_fields,
    verifier: lead.verifier ?? null,
    status: lead.status,
    hold_reason: lead.hold_reason,
    health_classification: lead.health_classification,
    health_score: lead.health_score,
    assigned_campaign_id: lead.assigned_campaign_id,
    campaign_name: campaigns.get(lead.assigned_campaign_id ?? '') ?? null,
    push_attempts: lead.push_attempts,
    next_attempt_at: lead.next_attempt_at,
    last_error: lead.last_error,
    smartlead_lead_id: lead.smartlead_lead_id,
    waiting_since: waitingSince,
    run: runs.find(({ seq }) => seq === lead.run_seq)?.id ?? null,
    created_at: lead.created_at,
    updated_at: lead.updated_at,
  };
}

function membershipsOf(history: LeadHistory): Membership[] {
  const { memberships, campaigns } = history;
  const numbers = ownAttempts(history);
  return memberships.map(({ campaign_id, evidence, smartlead_lead_id, attempt_id, proven_at }) => ({
    campaign: campaign_id,
    name: campaigns.get(campaign_id) ?? null,
    evidence,
    smartlead_lead_id,
    attempt: attempt_id,
    number: numbers.get(attempt_id ?? 0) ?? null,
    since: proven_at,
  }));
}

/** The file that it came from last and that can be ingested again; a placeholder where there is none. */
function lastFile(story: readonly StoryEntry[]): string {
  const last = story.findLast((entry) => entry.kind === 'arrival' && entry.file !== null);
  const file = last?.kind === 'arrival' ? last.file : null;
  return file === null || file === '-' ? 'FILE' : file;
}

async function unknownAddress(request: StoryRequest, email: string): Promise<UnknownAddress> {
  const { store, organization, decider } = request;
  const entry = typeof decider === 'string' ? undefined : decider.blockedBy(email);
  const listed = entry === undefined ? null : `on the block list (${entry})`;
  const others: string[] = [];
  for (const name of await organizationsWithLeads(store)) {
    if (name !== organization && (await knownAmong(store, name, [email], 1)).length > 0) others.push(name);
  }
  return {
    email,
    lead: null,
    suppressed: (await suppressionOf(store, organization, email)) ?? listed,
    did_you_mean: await nearAddresses(store, organization, email),
    other_organizations: others,
  };
}

/** Tells the story of the lead with this (normalised) address, or what is known of an address that is no lead. */
export async function leadStory(request: StoryRequest, email: string): Promise<LeadStory | UnknownAddress> {
  const { store, organization, decider, settings, keyId, suggest } = request;
  const history = await leadHistory(store, organization, email, keyId);
  if (!history) return unknownAddress(request, email);
  const story = storyEntries(history);
  const file = lastFile(story);
  return {
    email,
    sandbox: await isRehearsal(store),
    lead: factsOf(history, organization),
    story,
    memberships: membershipsOf(history),
    next: nextOf(history, story, { file, settings, now: store.clock.now() }, suggest),
    today: todayOf(history, decider, { file, settings }, suggest),
  };
}
