import { canonicalAddress } from '../address.js';
import type { SandboxAccount, SentLead } from './account.js';
import { ELSEWHERE_CAMPAIGN, isInvalid, magicTag } from './magic-addresses.js';
import type { StopKind } from './statements.js';
import type { AddLeadsRequest } from './wire.js';

/** What became of one row. `stopped` means that no credit was left for it. */
export type RowFate =
  | 'added'
  | 'existing'
  | 'duplicate'
  | 'invalid'
  | 'unsubscribed'
  | 'blocked'
  | 'bounced'
  | 'elsewhere'
  | 'stopped';

export interface RowResult {
  email: string;
  fate: RowFate;
  /** Present for `added`, `existing` and `elsewhere`. */
  leadId?: number;
}

/** The index of the first row whose address is not a valid one, or -1. */
export function firstInvalidRow(request: AddLeadsRequest): number {
  return request.lead_list.findIndex((row) => isInvalid(canonicalAddress(row.email)));
}

/**
 * Adds the rows of a request to an existing campaign, in one transaction, and says what became of each, in their
 * order. Adding a member again updates its fields and nothing else. Some addresses have a fate of their own: see
 * {@link magicTag}.
 */
export function addLeads(account: SandboxAccount, campaignId: string, request: AddLeadsRequest): RowResult[] {
  const settings = request.settings ?? {};
  const seen = new Set<string>();

  function addRow(row: SentLead, email: string): RowResult {
    if (isInvalid(email)) return { email, fate: 'invalid' };
    if (seen.has(email)) return { email, fate: 'duplicate' };
    seen.add(email);
    if (!settings.ignore_unsubscribe_list && isStopped(account, email, 'unsubscribed')) {
      return { email, fate: 'unsubscribed' };
    }
    if (!settings.ignore_global_block_list && isStopped(account, email, 'blocked')) return { email, fate: 'blocked' };
    if (isStopped(account, email, 'bounced')) return { email, fate: 'bounced' };

    if (account.membership(campaignId, email)) {
      const leadId = account.saveLead(row);
      account.countPush(campaignId, leadId);
      return { email, fate: 'existing', leadId };
    }
    if (settings.ignore_duplicate_leads_in_other_campaign) {
      const leadId = idElsewhere(account, campaignId, row);
      if (leadId !== undefined) return { email, fate: 'elsewhere', leadId };
    }
    if (!account.takeCredit()) return { email, fate: 'stopped' };
    const leadId = account.saveLead(row);
    account.attach(campaignId, leadId);
    return { email, fate: 'added', leadId };
  }

  return account.immediate(() => request.lead_list.map((row) => addRow(row, canonicalAddress(row.email))));
}

function isStopped(account: SandboxAccount, email: string, kind: StopKind): boolean {
  return magicTag(email) === kind || account.isStopped(email, kind);
}

/** The lead's id when it is a member of a campaign other than this one. */
function idElsewhere(account: SandboxAccount, campaignId: string, row: SentLead): number | undefined {
  if (account.campaignsOf(row.email).length > 0) return account.lead(row.email)?.id;
  if (magicTag(row.email) !== 'elsewhere' || campaignId === ELSEWHERE_CAMPAIGN) return undefined;
  account.ensureCampaigns([ELSEWHERE_CAMPAIGN]);
  const leadId = account.saveLead(row);
  account.attach(ELSEWHERE_CAMPAIGN, leadId);
  return leadId;
}
