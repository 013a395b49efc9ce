import { z } from 'zod';
import type { SandboxAccount } from './account.js';
import { badRequest, json, type Reply, refusals } from './reply.js';
import { type Campaign, LEAD_TEXT_FIELDS, type LeadRow } from './statements.js';

const PAGE_LIMIT = 100;

const whole = z.string().regex(/^\d+$/, 'must be a number').transform(Number);
const pageSchema = z.object({
  offset: whole.default(0),
  limit: whole
    .pipe(
      z
        .number()
        .min(1, 'must be larger than or equal to 1')
        .max(PAGE_LIMIT, `must be less than or equal to ${PAGE_LIMIT}`),
    )
    .default(PAGE_LIMIT),
});

/** `GET /campaigns/` */
export function listCampaigns(account: SandboxAccount): Reply {
  return json(200, account.campaigns().map(wireCampaign));
}

/** `GET /campaigns/{id}` */
export function readCampaign(account: SandboxAccount, id: string): Reply {
  const campaign = account.campaign(id);
  return campaign ? json(200, wireCampaign(campaign)) : refusals.campaignMissing;
}

/** `GET /campaigns/{id}/leads`: at most 100 a page; the total is a string. */
export function readRoster(account: SandboxAccount, id: string, query: Record<string, string>): Reply {
  if (!account.campaign(id)) return refusals.campaignMissing;
  const page = pageSchema.safeParse(query);
  if (!page.success) {
    const issue = page.error.issues[0];
    return badRequest(`"${issue?.path.join('.')}" ${issue?.message}`);
  }
  const { offset, limit } = page.data;
  const data = account.members(id, offset, limit).map((lead) => ({
    campaign_lead_map_id: mapId(id, lead.id),
    status: 'STARTED',
    created_at: lead.created_at,
    lead: wireLead(lead),
  }));
  return json(200, { total_leads: String(account.memberCount(id)), data, offset, limit });
}

/** `GET /leads/?email=`: finds a lead of the whole account; `{}` if there is none. */
export function findLead(account: SandboxAccount, email: string | undefined): Reply {
  if (!email) return badRequest('"email" is required');
  const lead = account.lead(email);
  if (!lead) return json(200, {});
  const lead_campaign_data = account.campaignsOf(email).map((campaign) => ({
    campaign_lead_map_id: mapId(campaign.id, lead.id),
    campaign_id: wireId(campaign.id),
    campaign_name: campaign.name,
  }));
  const is_unsubscribed = account.isStopped(email, 'unsubscribed');
  return json(200, { ...wireLead(lead), id: String(lead.id), is_unsubscribed, lead_campaign_data });
}

/** `GET /campaigns/{id}/analytics`: nothing is ever mailed here, so that all but the totals are zero. */
export function readAnalytics(account: SandboxAccount, id: string): Reply {
  const campaign = account.campaign(id);
  if (!campaign) return refusals.campaignMissing;
  const total = String(account.memberCount(id));
  return json(200, {
    id: wireId(id),
    name: campaign.name,
    status: campaign.status,
    sent_count: '0',
    unique_sent_count: '0',
    open_count: '0',
    click_count: '0',
    reply_count: '0',
    bounce_count: '0',
    unsubscribed_count: '0',
    total_count: total,
    campaign_lead_stats: { total, notStarted: total, inprogress: '0', completed: '0', paused: '0', blocked: '0' },
  });
}

function wireCampaign(campaign: Campaign) {
  return { ...campaign, id: wireId(campaign.id) };
}

// Smartlead's reading calls give campaign ids as numbers
function wireId(id: string): number | string {
  const number = Number(id);
  return Number.isSafeInteger(number) && String(number) === id ? number : id;
}

function wireLead(lead: LeadRow) {
  const texts = Object.fromEntries(LEAD_TEXT_FIELDS.map((name) => [name, lead[name]]));
  const custom_fields: unknown = JSON.parse(lead.custom_fields);
  return { id: lead.id, email: lead.email, ...texts, custom_fields };
}

function mapId(campaignId: string, leadId: number): string {
  return `${campaignId}-${leadId}`;
}
