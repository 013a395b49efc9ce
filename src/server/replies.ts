import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { HOLDS, type HoldFacts } from '../holds.js';
import type { LeadOutcome } from '../store/leads/service-leads.js';

/** A request that is turned away, with what its sender may know. */
export class ApiError extends Error {
  readonly status: ContentfulStatusCode;
  readonly code: string;
  readonly headers: Record<string, string>;

  constructor(status: ContentfulStatusCode, code: string, message: string, headers: Record<string, string> = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.headers = headers;
  }
}

/** The body of every refusal. */
export const errorBody = (code: string, message: string) => ({ success: false as const, error: { code, message } });

/** What a sender is told of one lead. */
export interface LeadReply {
  message: string;
  /** null for a person who was erased: of them nothing is stored. */
  leadId: string | null;
  status: LeadOutcome['status'];
  holdReason: LeadOutcome['holdReason'];
  healthClassification: LeadOutcome['healthClassification'];
  assignedCampaignId: string | null;
  /** Proven to be in the campaign. */
  pushedToSmartlead: boolean;
}

const HELD_MESSAGE: Record<HoldFacts['reply'], string> = {
  no_rule: 'Lead in holding pool',
  pending: 'Lead ingested (push pending)',
  failed: 'Lead ingested (push failed)',
};

function messageOf({ status, holdReason }: LeadOutcome): string {
  if (status === 'BLOCKED') return 'Lead blocked by health gate';
  if (status === 'ACTIVE' || holdReason === null) return 'Lead ingested successfully';
  return HELD_MESSAGE[HOLDS[holdReason].reply];
}

/** Where a lead stands, in the words of docs/http.md. */
export function leadReply(outcome: LeadOutcome): LeadReply {
  const { id, status, holdReason, healthClassification, assignedCampaignId } = outcome;
  const pushedToSmartlead = status === 'ACTIVE';
  return {
    message: messageOf(outcome),
    leadId: id,
    status,
    holdReason,
    healthClassification,
    assignedCampaignId,
    pushedToSmartlead,
  };
}

/** What is told of a person who was erased, whatever is sent of them. */
export const ERASED_REPLY: LeadReply = {
  message: 'Lead blocked by health gate',
  leadId: null,
  status: 'BLOCKED',
  holdReason: null,
  healthClassification: 'RED',
  assignedCampaignId: null,
  pushedToSmartlead: false,
};
