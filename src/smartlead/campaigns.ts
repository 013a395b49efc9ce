import { z } from 'zod';
import { campaignSchema } from './answers.js';
import type { HttpResult } from './exchange.js';
import { type KeyFailure, readKeyFailure } from './failures.js';
import { parseBody } from './look-up.js';

/** A campaign as Smartlead tells of it. */
export interface Campaign {
  id: string;
  name: string | undefined;
  /** As Smartlead writes it, such as `ACTIVE`; compare without regard to case. */
  status: string | undefined;
}

/** The campaigns of the account. `unreadable`: whoever answered does not speak as Smartlead does. */
export type CampaignsAnswer = { kind: 'campaigns'; campaigns: Campaign[] } | { kind: 'unreadable' } | KeyFailure;

/** One campaign. `missing`: the answer, whatever its status, does not tell of a campaign with this id. */
export type CampaignAnswer = { kind: 'campaign'; campaign: Campaign } | { kind: 'missing' } | KeyFailure;

function toCampaign({ id, name, status }: z.infer<typeof campaignSchema>): Campaign {
  const told = (text: string | undefined) => (text?.trim() === '' ? undefined : text?.trim());
  return { id, name: told(name), status: told(status) };
}

/** Reads GET /campaigns/. What has no id in the list is left out. */
export function readCampaigns(result: HttpResult, now: number): CampaignsAnswer {
  const failure = readKeyFailure(result, now);
  if (failure) return failure;
  const list = z.array(z.unknown()).safeParse(parseBody(result));
  if (!list.success) return { kind: 'unreadable' };
  const campaigns = list.data.flatMap((item) => {
    const parsed = campaignSchema.safeParse(item);
    return parsed.success ? [toCampaign(parsed.data)] : [];
  });
  return { kind: 'campaigns', campaigns };
}

/** Reads GET /campaigns/{id}. A missing campaign is a 404, or a 200 with nothing in it or about another one. */
export function readCampaign(result: HttpResult, id: string, now: number): CampaignAnswer {
  const failure = readKeyFailure(result, now);
  if (failure) return failure;
  const parsed = campaignSchema.safeParse(parseBody(result));
  return parsed.success && parsed.data.id === id
    ? { kind: 'campaign', campaign: toCampaign(parsed.data) }
    : { kind: 'missing' };
}
