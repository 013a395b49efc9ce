import { isoTime } from '../clock.js';
import { HOLDS } from '../holds.js';
import { hasColumn } from '../intake/stop-signs/sign-fields.js';
import { hasStopSign, type Lead, type ReviewSign, stopSignsOf, TEXT_FIELDS } from '../lead.js';
import { sameOnTheWire } from '../smartlead/wire.js';
import type { LeadState } from '../store/leads/lead-rows.js';
import type { KnownLead, Taken } from '../store/leads/leads.js';
import type { AuditEntry } from '../store/log/audit.js';
import { type Decider, type Decision, decide } from './decide.js';

/** How an ingest treats what it takes in. */
export interface TakeInOptions {
  decider: Decider;
  runId: string;
  /** Wall clock, milliseconds. */
  now: number;
  /** False: routed leads wait for a person (`review`). */
  push: boolean;
  /** An ACTIVE lead that today's rules send elsewhere gets that campaign too. */
  again: boolean;
  /** What happens to a known lead's fields. */
  onExisting: 'update' | 'skip';
}

/** A lead with the place it was read from. */
export interface Arrival {
  lead: Lead;
  file: string;
  line: number;
}

/** What taking a lead in came to, for the store and for the run's own counts. */
export interface TakenIn extends Taken {
  decision: Decision;
  /** ACTIVE, and today's rules name a campaign it is not in; `--again` would add it. */
  elsewhere: string | undefined;
}

/** A known lead with what a new source says: nothing that the source lacks is erased. */
export function mergeLead(known: Lead, incoming: Lead): Lead {
  const merged: Lead = { email: known.email, custom_fields: { ...known.custom_fields, ...incoming.custom_fields } };
  for (const field of TEXT_FIELDS) {
    const value = incoming[field] ?? known[field];
    if (value !== undefined) merged[field] = value;
  }
  const score = incoming.lead_score ?? known.lead_score;
  if (score !== undefined) merged.lead_score = score;
  const corrected = incoming.notBounced === true && known.verifier === 'bounced';
  const verifier = incoming.verifier ?? (corrected ? undefined : known.verifier);
  if (verifier !== undefined) merged.verifier = verifier;
  if (incoming.unsubscribed) merged.unsubscribed = true;
  const review = mergedReview(known, incoming);
  if (review.length > 0) merged.review = review;
  return merged;
}

/** A sign stays until a source that has its column says something else there. */
function mergedReview(known: Lead, { review = [], columnsRead }: Lead): readonly ReviewSign[] {
  const kept = (known.review ?? []).filter((sign) => !(columnsRead && hasColumn(columnsRead, sign)));
  return [...kept, ...review];
}

/** The names of the fields in which two leads differ; never their values. */
function changedFields(a: Lead, b: Lead): string[] {
  const changed: string[] = [...TEXT_FIELDS, 'lead_score' as const, 'verifier' as const].filter(
    (field) => a[field] !== b[field],
  );
  const custom = new Set([...Object.keys(a.custom_fields), ...Object.keys(b.custom_fields)]);
  for (const name of custom) if (a.custom_fields[name] !== b.custom_fields[name]) changed.push(name);
  if (JSON.stringify(a.review ?? []) !== JSON.stringify(b.review ?? [])) changed.push('review');
  return changed;
}

/** What routing looked at before this arrival, where it has changed: so that older decisions can still be explained. */
function routedByBefore(known: Lead, lead: Lead): Record<string, unknown> {
  const before = {
    ...(known.persona === lead.persona ? {} : { persona: known.persona ?? null }),
    ...(known.lead_score === lead.lead_score ? {} : { lead_score: known.lead_score ?? null }),
  };
  return Object.keys(before).length > 0 ? { before } : {};
}

/** A state that nothing has been tried for yet. */
export function freshState(decision: Decision, push: boolean, now: number): LeadState {
  const queued = decision.hold_reason === 'queued';
  return {
    status: decision.status,
    hold_reason: queued && !push ? 'review' : decision.hold_reason,
    health_classification: decision.health.classification,
    health_score: decision.health.score,
    assigned_campaign_id: decision.campaignId,
    push_attempts: 0,
    next_attempt_at: queued && push ? isoTime(now) : null,
    last_error: decision.review ?? decision.refusal ?? null,
    smartlead_lead_id: null,
    push_group: null,
    push_step: 'push',
  };
}

/** What is kept of a decision: names and numbers; the sentences are made when someone asks. */
export function decisionDetails(decision: Decision, decider: Decider): Record<string, unknown> {
  const { health, rule, suppressed, refusal, review } = decision;
  // One by one: an object of many spreads costs each row a microsecond.
  const details: Record<string, unknown> = { health: health.classification, score: health.score };
  if (health.signals.length > 0) details.signals = health.signals;
  if (health.allowed) details.allowed = true;
  if (suppressed !== undefined) details.suppressed = suppressed;
  if (decision.status !== 'BLOCKED') details.rules = decider.rules.hash;
  if (rule) {
    details.rule = decider.rules.rules.indexOf(rule);
    details.campaign = rule.campaignId;
  }
  if (refusal !== undefined) details.refused = refusal;
  if (review !== undefined) details.sign = review;
  return details;
}

/** The audit action that a decision is. */
export function actionOf(decision: Decision): 'assigned' | 'unassigned' | 'blocked' {
  if (decision.status === 'BLOCKED') return 'blocked';
  return decision.rule ? 'assigned' : 'unassigned';
}

/** The key of the rule that a decision goes by. */
export function ruleOf({ rule }: Decision, { ruleKeys }: Decider): string | undefined {
  return rule && ruleKeys.get(rule);
}

/** The state of a lead that is proven to be in the campaign already, by an earlier push. */
export function alreadyIn(state: LeadState): LeadState {
  return { ...state, status: 'ACTIVE', hold_reason: null, next_attempt_at: null };
}

/** A known lead's state as it is. */
export function stateOf(known: KnownLead): LeadState {
  return {
    status: known.status,
    hold_reason: known.hold_reason,
    health_classification: known.health_classification,
    health_score: known.health_score,
    assigned_campaign_id: known.assigned_campaign_id,
    push_attempts: known.push_attempts,
    next_attempt_at: known.next_attempt_at,
    last_error: known.last_error,
    smartlead_lead_id: known.smartlead_lead_id,
    push_group: known.push_group,
    push_step: known.push_step,
  };
}

/** The next state of a known lead that is neither in flight nor `unknown`. */
function nextState(known: KnownLead, merged: Lead, decision: Decision, options: TakeInOptions): LeadState {
  const kept = stateOf(known);
  const fresh = freshState(decision, options.push, options.now);
  const sameCampaign = known.assigned_campaign_id === decision.campaignId;
  if (known.status === 'ACTIVE') {
    const adds = options.again && decision.campaignId !== null && !known.campaigns.includes(decision.campaignId);
    return adds ? fresh : kept;
  }
  if (decision.status === 'HELD' && known.hold_reason !== null) {
    const { comesAgain } = HOLDS[known.hold_reason];
    // Smartlead refused the lead, not the campaign.
    const sticks = comesAgain === 'stays_unless_changed' && (sameCampaign || known.hold_reason === 'refused');
    if (sticks && sameOnTheWire(known, merged)) return kept;
    // Somebody took it out of its campaign; a file that still has it is no reason to put it back.
    if (comesAgain === 'stays') return kept;
    // A person is looking at it; only a retry that asks for it sends it on. A stop sign that says nothing any more is
    // over, unless the lead was to wait for a person in any case.
    const waitsForSign = (known.review?.length ?? 0) > 0 && known.push_run_seq !== null;
    if (known.hold_reason === 'review' && !waitsForSign && fresh.next_attempt_at !== null) {
      return { ...fresh, hold_reason: 'review', next_attempt_at: null };
    }
    if (comesAgain === 'continues' && sameCampaign && fresh.next_attempt_at !== null) {
      return { ...kept, health_classification: fresh.health_classification, health_score: fresh.health_score };
    }
  }
  if (decision.campaignId !== null && known.campaigns.includes(decision.campaignId)) return alreadyIn(fresh);
  return fresh;
}

/**
 * What taking a lead in does: a new one is decided; a known one gets the new fields and is decided again, unless it is
 * ACTIVE, in flight or `unknown`. Of a row that keeps the known fields (`skip`, or the run has the address already)
 * only the stop signs count. Pure.
 */
export function takeIn(
  known: KnownLead | undefined,
  arrival: Arrival,
  suppressedFor: string | undefined,
  options: TakeInOptions,
  repeated = false,
): TakenIn {
  const { decider } = options;
  const keepsFields = known !== undefined && (repeated || options.onExisting === 'skip');
  const incoming = keepsFields ? stopSignsOf(known, arrival.lead) : arrival.lead;
  const lead = known ? mergeLead(known, incoming) : incoming;
  const decision = decide(lead, suppressedFor, decider);
  const suppress = arrival.lead.unsubscribed ? { suppress: 'unsubscribed' } : {};
  const entry = (action: AuditEntry['action'], details: Record<string, unknown>): AuditEntry => ({
    trigger: 'ingest',
    action,
    // Not two spreads: the second one would cost each row two microseconds.
    details: Object.assign({ run: options.runId, file: arrival.file, line: arrival.line }, details),
  });
  if (!known) {
    const details = decisionDetails(decision, decider);
    if (!options.push) details.review = true;
    return {
      lead,
      state: freshState(decision, options.push, options.now),
      unchanged: false,
      alreadyActive: false,
      pushedByThisRun: options.push,
      audits: [entry(actionOf(decision), details)],
      takenBy: ruleOf(decision, decider),
      decision,
      elsewhere: undefined,
      ...suppress,
    };
  }
  const settling = known.attempt_id !== null || known.hold_reason === 'unknown';
  const untouched = settling || (keepsFields && !hasStopSign(incoming));
  const state = untouched ? stateOf(known) : nextState(known, lead, decision, options);
  const changed = changedFields(known, lead);
  const moved = state.status !== known.status || state.hold_reason !== known.hold_reason;
  const rerouted = state.assigned_campaign_id !== known.assigned_campaign_id;
  const regraded =
    state.health_score !== known.health_score || state.health_classification !== known.health_classification;
  const before = routedByBefore(known, lead);
  const audits: AuditEntry[] = [];
  if (moved || rerouted)
    audits.push(
      entry(actionOf(decision), {
        ...decisionDetails(decision, decider),
        ...(state.status === 'ACTIVE' ? { already_in: true } : {}),
        ...before,
      }),
    );
  else if (changed.length > 0) audits.push(entry('updated', { fields: changed, ...before }));
  const waits = state.next_attempt_at !== null || settling;
  const elsewhere = decision.campaignId !== null && !known.campaigns.includes(decision.campaignId);
  return {
    lead,
    state,
    unchanged: !moved && !rerouted && !regraded && changed.length === 0,
    alreadyActive: state.status === 'ACTIVE',
    pushedByThisRun: options.push && (waits || state.hold_reason === 'review'),
    audits,
    takenBy: rerouted ? ruleOf(decision, decider) : undefined,
    decision,
    elsewhere: state.status === 'ACTIVE' && elsewhere ? (decision.campaignId ?? undefined) : undefined,
    ...suppress,
  };
}
