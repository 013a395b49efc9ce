import type { SettleContext } from '../../src/delivery/lead-states.js';
import type { StoredLead } from '../../src/store/leads/lead-rows.js';
import type { Claim } from '../../src/store/queue/claim.js';

export const NOW = Date.parse('2025-06-01T12:00:00.000Z');
export const MESSAGE = 'why';

/** A lead in flight. */
export function storedLead(seq: number, more: Partial<StoredLead> = {}): StoredLead {
  return {
    seq,
    id: `id-${seq}`,
    email: `lead${seq}@example.com`,
    custom_fields: {},
    status: 'HELD',
    hold_reason: 'queued',
    health_classification: 'GREEN',
    health_score: 100,
    assigned_campaign_id: '1',
    push_attempts: 0,
    next_attempt_at: null,
    last_error: null,
    smartlead_lead_id: null,
    push_group: null,
    push_step: 'push',
    run_seq: 1,
    push_run_seq: 1,
    attempt_id: 7,
    created_at: '',
    updated_at: '',
    ...more,
  };
}

/** A claim of these leads that nobody takes over. */
export function claimOf(leads: StoredLead[], more: Partial<Claim> = {}): Claim {
  return {
    attemptId: 7,
    campaignId: '1',
    step: 'push',
    group: null,
    leads,
    token: 1,
    leaseSteady: Number.POSITIVE_INFINITY,
    leaseUntil: Number.POSITIVE_INFINITY,
    lastStop: 0,
    probe: undefined,
    ...more,
  };
}

export const context = (more: Partial<SettleContext> = {}): SettleContext => ({
  now: NOW,
  random: 0.5,
  runId: 'run',
  httpStatus: 200,
  ...more,
});
