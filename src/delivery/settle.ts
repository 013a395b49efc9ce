import { isoTime } from '../clock.js';
import type { HoldReason } from '../lead.js';
import type { Verdict } from '../smartlead/evidence.js';
import type { KeyFailure, PushOutcome } from '../smartlead/failures.js';
import type { Claim } from '../store/claims.js';
import type { StoredLead } from '../store/lead-rows.js';
import {
  type AttemptSettlement,
  GROUPS_PER_ATTEMPT,
  type LeadSettlement,
  type PushState,
} from '../store/settling.js';
import type { StopReason } from '../store/stops.js';
import { MAX_ATTEMPTS, retryDelay } from './retry-policy.js';

/** What settling needs besides the answer. */
export interface SettleContext {
  /** Wall clock, milliseconds. */
  now: number;
  /** In [0, 1), drawn once an attempt. */
  random: number;
  runId: string;
}

/** Why `in_other_campaign` leads are not attached, and what would change it. */
export const OTHER_CAMPAIGN_ADVICE =
  'Smartlead has the lead in another campaign and skipped it; set smartlead.settings.ignore_duplicate_leads_in_other_campaign to false to attach such leads, then: drason retry --held --reason in_other_campaign';

const CREDIT_STOP_MS = 3_600_000;
/** A little over a minute, drawn, so that processes do not all come back in the same moment. */
const unreachablePause = (random: number) => 61_000 + random * 5_000;

/** A key that answered is neither refused, nor blocked, nor out of reach. */
const LIFTED_BY_ANSWER: readonly StopReason[] = ['auth', 'cdn_block', 'redirect', 'unreachable'];
const LIFTED_BY_SUCCESS: readonly StopReason[] = [...LIFTED_BY_ANSWER, 'credit_limit'];

type Change = Partial<PushState> & { action: 'pushed_to_smartlead' | 'push_failed' | 'held'; evidence?: string };

/** Turns the result of one push, or look-up, into the next state of each of its leads. Pure. */
export function makeSettlement(claim: Claim, context: SettleContext, httpStatus: number | null) {
  const due = isoTime(context.now);
  const group = (n: number) => claim.attemptId * GROUPS_PER_ATTEMPT + n;

  function settled(lead: StoredLead, change: Change, details: Record<string, unknown>): LeadSettlement {
    const { action, evidence, ...state } = change;
    return {
      seq: lead.seq,
      id: lead.id,
      state: {
        status: 'HELD',
        hold_reason: 'queued',
        next_attempt_at: null,
        last_error: null,
        push_attempts: lead.push_attempts,
        push_group: null,
        push_step: 'push',
        smartlead_lead_id: null,
        ...state,
      },
      audit: {
        trigger: 'delivery',
        action,
        details: { campaign: claim.campaignId, attempt: claim.attemptId, run: context.runId, http_status: httpStatus, ...details },
      },
      ...(evidence === undefined ? {} : { evidence }),
    };
  }

  /** Held for a reason that nothing but a person or another run ends. */
  function held(lead: StoredLead, reason: HoldReason, message: string, usesAttempt = false): LeadSettlement {
    const push_attempts = lead.push_attempts + (usesAttempt ? 1 : 0);
    return settled(lead, { action: 'push_failed', hold_reason: reason, last_error: message, push_attempts }, { reason, message });
  }

  /** An attempt that failed or left the outcome unknown: tried again later, until the attempts are used up. */
  function failed(lead: StoredLead, reason: 'push_failed' | 'unknown', message: string, regroup?: number): LeadSettlement {
    const attempts = lead.push_attempts + 1;
    if (attempts >= MAX_ATTEMPTS) return held(lead, 'gave_up', message, true);
    const next = isoTime(context.now + retryDelay(attempts, context.random));
    const change: Change = {
      action: 'push_failed',
      hold_reason: reason,
      last_error: message,
      push_attempts: attempts,
      next_attempt_at: next,
      ...(regroup === undefined ? {} : { push_group: regroup }),
    };
    return settled(lead, change, { reason, message, attempts, next_attempt_at: next });
  }

  /** Goes again at once, in a smaller group or to be looked up: a step of splitting, which uses no attempt up. */
  function again(lead: StoredLead, reason: 'queued' | 'unknown', message: string, n: number | null, step: 'push' | 'look_up' = 'push') {
    const change: Change = {
      action: 'held',
      hold_reason: reason,
      last_error: message,
      next_attempt_at: due,
      push_step: step,
      push_group: n === null ? null : group(n),
    };
    return settled(lead, change, { reason, message, step });
  }

  function accepted(lead: StoredLead, verdict: Extract<Verdict, { kind: 'accepted' }>): LeadSettlement {
    const change: Change = {
      action: 'pushed_to_smartlead',
      status: 'ACTIVE',
      hold_reason: null,
      push_attempts: lead.push_attempts + 1,
      smartlead_lead_id: verdict.smartleadLeadId,
      evidence: verdict.evidence,
    };
    return settled(lead, change, { evidence: verdict.evidence, smartlead_lead_id: verdict.smartleadLeadId });
  }

  /** A lead that may have arrived before stays `unknown`, and in its group, whatever stops this request. */
  function unlessUnknown(lead: StoredLead, message: string, otherwise: () => LeadSettlement): LeadSettlement {
    if (lead.hold_reason !== 'unknown') return otherwise();
    const change: Change = {
      action: 'held',
      hold_reason: 'unknown',
      last_error: message,
      next_attempt_at: due,
      push_group: lead.push_group,
      push_step: lead.push_step,
    };
    return settled(lead, change, { reason: 'unknown', message });
  }

  /** Half of the unproven ones go in one group, half in another. */
  const half = (index: number, of: number) => (index < of / 2 ? 0 : 1);

  function byVerdicts(verdicts: readonly Verdict[]): LeadSettlement[] {
    const open = claim.leads.filter((_, index) => verdicts[index]?.kind === 'unproven');
    const message = 'Smartlead answered without saying what became of this lead';
    return claim.leads.map((lead, index) => {
      const verdict = verdicts[index] ?? { kind: 'unproven', byPushing: false };
      switch (verdict.kind) {
        case 'accepted':
          return accepted(lead, verdict);
        case 'refused':
          return held(lead, 'refused', verdict.message);
        case 'in_other_campaign':
          return held(lead, 'in_other_campaign', OTHER_CAMPAIGN_ADVICE);
        case 'credit_limit':
          return creditHeld(lead);
        case 'unproven':
          return verdict.byPushing
            ? again(lead, 'unknown', message, half(open.indexOf(lead), open.length))
            : again(lead, 'unknown', message, 2, 'look_up');
        default:
          return verdict satisfies never;
      }
    });
  }

  function creditHeld(lead: StoredLead): LeadSettlement {
    const message = "Smartlead's credits are used up";
    const next_attempt_at = isoTime(context.now + CREDIT_STOP_MS);
    return settled(
      lead,
      { action: 'push_failed', hold_reason: 'credit_limit', last_error: message, next_attempt_at },
      { reason: 'credit_limit', message, next_attempt_at },
    );
  }

  /** A refused batch is taken apart until the lead that spoils it stands alone. */
  function takeApart(named: readonly number[], message: string): LeadSettlement[] {
    const [only] = claim.leads;
    if (claim.leads.length === 1 && only) return [held(only, 'refused', message)];
    const useNames = named.length > 0 && named.length < claim.leads.length;
    return claim.leads.map((lead, index) => {
      const place = named.indexOf(index);
      const n = useNames ? place + 1 : half(index, claim.leads.length);
      return again(lead, lead.hold_reason === 'unknown' ? 'unknown' : 'queued', message, n);
    });
  }

  function whole(
    outcome: string,
    message: string | null,
    leads: LeadSettlement[],
    rest: { stop?: AttemptSettlement['stop']; lift?: readonly StopReason[]; answer?: unknown } = {},
  ): AttemptSettlement {
    const { stop, lift = [], answer } = rest;
    return { outcome, httpStatus, message, answer, leads, lift, ...(stop ? { stop } : {}) };
  }

  /** What an answer stops, and for how long. */
  function stopFor(outcome: PushOutcome): AttemptSettlement['stop'] {
    switch (outcome.kind) {
      case 'auth':
      case 'cdn_block':
      case 'redirect':
        return { campaignId: '', reason: outcome.kind, message: outcome.message, forMs: null };
      case 'campaign_not_found':
        return { campaignId: claim.campaignId, reason: 'campaign_not_found', message: outcome.message, forMs: null };
      case 'rate_limited':
        return { campaignId: '', reason: 'rate_limit', message: outcome.message, forMs: outcome.waitMs };
      default:
        return undefined;
    }
  }
  const stopping = (outcome: PushOutcome) => ({ stop: stopFor(outcome) });

  const each = (settle: (lead: StoredLead) => LeadSettlement) => claim.leads.map(settle);
  const sameGroup = claim.group ?? group(0);

  return {
    /** The result of POST /campaigns/{id}/leads. */
    push(outcome: PushOutcome): AttemptSettlement {
      switch (outcome.kind) {
        case 'evidence': {
          const { verdicts, creditsGone, counters } = outcome.evidence;
          const leads = byVerdicts(verdicts);
          const good = verdicts.some((verdict) => verdict.kind === 'accepted');
          const lift = creditsGone || !good ? LIFTED_BY_ANSWER : LIFTED_BY_SUCCESS;
          const stop = {
            campaignId: '',
            reason: 'credit_limit' as const,
            message: "Smartlead's credits are used up",
            forMs: CREDIT_STOP_MS,
          };
          return whole('answered', null, leads, { answer: counters, lift, ...(creditsGone ? { stop } : {}) });
        }
        case 'poisoned':
          return whole('poisoned', outcome.message, takeApart(outcome.named, outcome.message), { lift: LIFTED_BY_ANSWER });
        case 'no_lead_ids':
          return whole('no_lead_ids', outcome.message, each((lead) => backInLine(lead, outcome.message)));
        case 'auth':
          return whole('auth', outcome.message, each(stoppedWith('auth', outcome.message)), {
            ...stopping(outcome),
          });
        case 'cdn_block':
        case 'redirect':
          return whole(outcome.kind, outcome.message, each((lead) => notSent(lead, outcome.message)), {
            ...stopping(outcome),
          });
        case 'campaign_not_found':
          return whole('campaign_not_found', outcome.message, each((lead) => held(lead, 'campaign_not_found', outcome.message)), {
            ...stopping(outcome),
            lift: LIFTED_BY_ANSWER,
          });
        case 'rate_limited':
          return whole('rate_limited', outcome.message, each((lead) => backInLine(lead, outcome.message)), {
            ...stopping(outcome),
            lift: LIFTED_BY_ANSWER,
          });
        case 'conflict':
          return whole('conflict', outcome.message, each((lead) => again(lead, 'unknown', outcome.message, 2, 'look_up')), {
            lift: LIFTED_BY_ANSWER,
          });
        case 'not_sent':
          return whole('not_sent', outcome.message, each((lead) => notSent(lead, outcome.message)));
        case 'unknown':
          return whole('unknown', outcome.message, each((lead) => failed(lead, 'unknown', outcome.message, sameGroup)));
        default:
          return outcome satisfies never;
      }
    },
    /** The result of looking leads up: which of them the campaign has, or undefined where that stayed open. */
    lookUp(found: ReadonlyArray<{ present: boolean; smartleadLeadId: string | null }>, failure: KeyFailure | undefined): AttemptSettlement {
      const leads = claim.leads.map((lead, index) => {
        const answer = found[index];
        if (answer?.present) {
          return accepted(lead, { kind: 'accepted', evidence: 'look_up', smartleadLeadId: answer.smartleadLeadId });
        }
        if (answer) return failed(lead, 'push_failed', 'Smartlead does not have the lead in the campaign');
        if (failure?.kind !== 'unknown') return unlessUnknown(lead, failure?.message ?? '', () => notSent(lead, ''));
        return failed(lead, 'unknown', failure.message, sameGroup);
      });
      const stop = failure && stopFor(failure);
      return whole(failure ? failure.kind : 'looked_up', failure?.message ?? null, leads, {
        lift: found.length > 0 ? LIFTED_BY_ANSWER : [],
        ...(stop ? { stop } : {}),
      });
    },
    /** The stop that several failures in a row call for. */
    unreachable: (message: string): NonNullable<AttemptSettlement['stop']> => ({
      campaignId: '',
      reason: 'unreachable',
      message,
      forMs: unreachablePause(context.random),
    }),
  };

  function stoppedWith(reason: HoldReason, message: string): (lead: StoredLead) => LeadSettlement {
    return (lead) => unlessUnknown(lead, message, () => held(lead, reason, message));
  }

  /** The request was turned away as such: its leads keep their place and their attempts. */
  function backInLine(lead: StoredLead, message: string): LeadSettlement {
    return unlessUnknown(lead, message, () => {
      const change: Change = { action: 'held', next_attempt_at: due, push_group: lead.push_group, last_error: message };
      return settled(lead, change, { reason: 'queued', message });
    });
  }

  /** Nothing reached Smartlead: it waits like a failure but uses no attempt up. */
  function notSent(lead: StoredLead, message: string): LeadSettlement {
    const hold_reason = lead.hold_reason === 'unknown' ? 'unknown' : 'push_failed';
    const next = isoTime(context.now + retryDelay(lead.push_attempts + 1, context.random));
    const change: Change = {
      action: 'push_failed',
      hold_reason,
      last_error: message,
      next_attempt_at: next,
      push_group: hold_reason === 'unknown' ? lead.push_group : null,
    };
    return settled(lead, change, { reason: hold_reason, message, sent: false, next_attempt_at: next });
  }
}
