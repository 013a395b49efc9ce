import type { SandboxAccount } from './account.js';
import { json, type Reply, refusals } from './reply.js';

/** `DELETE /campaigns/{id}/leads/{lead_id}`: takes a lead out of a campaign behind drason's back, which never asks for it. */
export function deleteMember(account: SandboxAccount, campaignId: string, leadId: string): Reply {
  if (!account.campaign(campaignId)) return refusals.campaignMissing;
  return account.removeLead(campaignId, leadId) ? json(200, { ok: true }) : json(404, { message: 'Lead not found.' });
}
