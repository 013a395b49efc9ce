import { isoTime } from '../clock.js';
import { HOLDS } from '../holds.js';
import type { HoldReason } from '../lead.js';
import type { Verdict } from '../smartlead/evidence.js';
import type { StoredLead } from '../store/leads/lead-rows.js';
import type { Claim } from '../store/queue/claim.js';
import type { LeadSettlement, PushState } from '../store/queue/settlement.js';
import { GROUPS_PER_ATTEMPT } from '../store/queue/settling.js';
import { MAX_ATTEMPTS, retryDelay } from './retry-policy.js';

/** What settling needs besides the answer. */
export interface SettleContext {
  /** Wall clock, milliseconds. */
  now: number;
  /** In [0, 1), drawn once an attempt. */
  random: number;
  runId: string;
  httpStatus: number | null;
  /** Whether today's rules keep a lead from being sent where it was to go. */
  isDiverted?: (lead: StoredLead) => boolean;
}

/** How long leads are held, and the key stops, when Smartlead's credits are used up, milliseconds. */
export const CREDIT_STOP_MS = 3_600_000;

type Accepted = Extract<Verdict, { kind: 'accepted' }>;
type Change = Partial<PushState> & { action: 'pushed_to_smartlead' | 'push_failed' | 'held'; evidence?: string };

/** Each next state that the settling of one attempt can give a lead: one function an arrow of docs/states.md. Pure. */
export function leadStates(claim: Claim, context: SettleContext) {
  const due = isoTime(context.now);
  /** The n-th group that this attempt makes of its leads. */
  const group = (n: number) => claim.attemptId * GROUPS_PER_ATTEMPT + n;
  const ownGroup = claim.group ?? group(0);

  function settled(lead: StoredLead, change: Change, details: Record<string, unknown>): LeadSettlement {
    const { action, evidence, ...changed } = change;
    const { runId, httpStatus } = context;
    const state: PushState = {
      status: 'HELD',
      hold_reason: 'queued',
      next_attempt_at: null,
      last_error: null,
      push_attempts: lead.push_attempts,
      push_group: null,
      push_step: 'push',
      smartlead_lead_id: null,
      ...changed,
    };
    const decided = state.hold_reason !== null && HOLDS[state.hold_reason].decidedBySmartlead;
    const isTrial = claim.probe !== undefined && state.push_attempts === lead.push_attempts && !decided;
    const same = (['status', 'hold_reason', 'push_attempts', 'push_group', 'push_step'] as const).every(
      (column) => state[column] === lead[column],
    );
    return {
      seq: lead.seq,
      id: lead.id,
      state,
      ...(same ? { unchanged: true } : {}),
      audit: {
        trigger: 'delivery',
        // what only finds out that a stop still stands is no push that failed
        action: isTrial && action === 'push_failed' ? 'held' : action,
        details: {
          campaign: claim.campaignId,
          attempt: claim.attemptId,
          run: runId,
          http_status: httpStatus,
          ...details,
        },
      },
      ...(evidence === undefined ? {} : { evidence }),
    };
  }

  /** Proven to be in the campaign. */
  function accepted(lead: StoredLead, { evidence, smartleadLeadId }: Omit<Accepted, 'kind'>): LeadSettlement {
    const change: Change = {
      action: 'pushed_to_smartlead',
      status: 'ACTIVE',
      hold_reason: null,
      push_attempts: lead.push_attempts + 1,
      smartlead_lead_id: smartleadLeadId,
      evidence,
    };
    return settled(lead, change, { evidence, smartlead_lead_id: smartleadLeadId });
  }

  /** Held until a person, or another run, does something about the reason. */
  function held(lead: StoredLead, reason: HoldReason, message: string): LeadSettlement {
    return settled(lead, { action: 'push_failed', hold_reason: reason, last_error: message }, { reason, message });
  }

  /** An attempt that failed, or left the outcome unknown: tried again later, until the attempts are used up. */
  function failed(lead: StoredLead, reason: 'push_failed' | 'unknown', message: string): LeadSettlement {
    const push_attempts = lead.push_attempts + 1;
    if (push_attempts >= MAX_ATTEMPTS) {
      const change: Change = { action: 'push_failed', hold_reason: 'gave_up', last_error: message, push_attempts };
      return settled(lead, change, { reason: 'gave_up', message, attempts: push_attempts });
    }
    const next_attempt_at = isoTime(context.now + retryDelay(push_attempts, context.random));
    const change: Change = {
      action: 'push_failed',
      hold_reason: reason,
      last_error: message,
      push_attempts,
      next_attempt_at,
      push_group: reason === 'unknown' ? ownGroup : null,
    };
    return settled(lead, change, { reason, message, attempts: push_attempts, next_attempt_at });
  }

  /** The request was refused as such, for certain. A lead that tried a stop out keeps its attempts. */
  function refusedRequest(lead: StoredLead, message: string): LeadSettlement {
    if (!claim.probe) return failed(lead, lead.hold_reason === 'unknown' ? 'unknown' : 'push_failed', message);
    return notSent(lead, message, true);
  }

  /** Found not to be in the campaign: tried again later, or decided at once by rules that send it there no more. */
  function notThere(lead: StoredLead, message: string): LeadSettlement {
    if (!context.isDiverted?.(lead)) return failed(lead, 'push_failed', message);
    const change: Change = {
      action: 'push_failed',
      hold_reason: 'push_failed',
      last_error: message,
      next_attempt_at: due,
    };
    return settled(lead, change, { reason: 'push_failed', message, next_attempt_at: due });
  }

  /** Goes again at once, in a smaller group: a step of splitting, which uses no attempt up. */
  function again(lead: StoredLead, message: string, to: number): LeadSettlement {
    const reason = lead.hold_reason === 'unknown' ? 'unknown' : 'queued';
    const change: Change = {
      action: 'held',
      hold_reason: reason,
      last_error: message,
      next_attempt_at: due,
      push_group: to,
      push_step: lead.push_step,
    };
    return settled(lead, change, { reason, message });
  }

  /** The answer left several readings: the roster is asked first, then what it could not tell is pushed again. */
  function unproven(lead: StoredLead, step: 'roster' | 'push_again', message: string, to: number): LeadSettlement {
    const change: Change = {
      action: 'held',
      hold_reason: 'unknown',
      last_error: message,
      next_attempt_at: due,
      push_group: to,
      push_step: step,
    };
    return settled(lead, change, { reason: 'unknown', message, step });
  }

  /** Pushing again would prove no more: Smartlead is asked about the lead. */
  function toLookUp(lead: StoredLead, message: string): LeadSettlement {
    const change: Change = {
      action: 'held',
      hold_reason: 'unknown',
      last_error: message,
      next_attempt_at: due,
      push_group: group(2),
      push_step: 'look_up',
    };
    return settled(lead, change, { reason: 'unknown', message, step: 'look_up' });
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

  /** The key or the campaign is stopped, and with it the lead. */
  function stopped(lead: StoredLead, reason: 'auth' | 'campaign_not_found', message: string): LeadSettlement {
    return unlessUnknown(lead, message, () => held(lead, reason, message));
  }

  /** The request was turned away as such: the lead keeps its place and its attempts. */
  function backInLine(lead: StoredLead, message: string): LeadSettlement {
    return unlessUnknown(lead, message, () => {
      const change: Change = {
        action: 'held',
        next_attempt_at: due,
        push_group: lead.push_group,
        last_error: message,
      };
      return settled(lead, change, { reason: 'queued', message });
    });
  }

  /** Nothing reached Smartlead, or a stop still stands: it waits like a failure but uses no attempt up. */
  function notSent(lead: StoredLead, message: string, sent = false): LeadSettlement {
    return unlessUnknown(lead, message, () => {
      const next_attempt_at = isoTime(context.now + retryDelay(lead.push_attempts + 1, context.random));
      const change: Change = {
        action: 'push_failed',
        hold_reason: 'push_failed',
        last_error: message,
        next_attempt_at,
      };
      return settled(lead, change, { reason: 'push_failed', message, sent, next_attempt_at });
    });
  }

  /** Smartlead's credits ended before the lead's turn. */
  function outOfCredits(lead: StoredLead, message: string): LeadSettlement {
    const next_attempt_at = isoTime(context.now + CREDIT_STOP_MS);
    const change: Change = { action: 'push_failed', hold_reason: 'credit_limit', last_error: message, next_attempt_at };
    return settled(lead, change, { reason: 'credit_limit', message, next_attempt_at });
  }

  return {
    group,
    accepted,
    held,
    failed,
    refusedRequest,
    notThere,
    again,
    unproven,
    toLookUp,
    stopped,
    backInLine,
    notSent,
    outOfCredits,
  };
}
