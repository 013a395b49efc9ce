/** What Smartlead answers, as far as drason reads it. */
import { z } from 'zod';

const count = z.union([z.int().nonnegative(), z.string().regex(/^\d+$/).transform(Number)]);
const emailItem = z.union([z.string(), z.object({ email: z.string() }).transform((item) => item.email)]);
const countOrList = z.union([count, z.array(emailItem)]);
const idMap = z.record(z.string(), z.union([z.string(), z.number()]).transform(String)).catch({});

/**
 * The answers to POST /campaigns/{id}/leads that are on record: the live shape, older ones with numbers for lists, and
 * the documented one. Unknown keys are kept: a counter we don't know is a reason for care.
 */
export const addLeadsAnswerSchema = z.looseObject({
  ok: z.boolean().optional(),
  error: z.unknown().optional(),
  upload_count: count.optional(),
  total_leads: count.optional(),
  added_count: count.optional(),
  already_added_to_campaign: count.optional(),
  duplicate_count: count.optional(),
  invalid_email_count: count.optional(),
  invalid_emails: countOrList.optional(),
  unsubscribed_leads: countOrList.optional(),
  block_count: count.optional(),
  bounce_count: count.optional(),
  skipped_in_other_campaign_count: count.optional(),
  is_lead_limit_exhausted: z.boolean().optional(),
  lead_import_stopped_count: count.optional(),
  skipped_count: count.optional(),
  skipped_leads: z.array(z.object({ email: z.string(), reason: z.string().catch('') })).optional(),
  emailToLeadIdMap: z
    .object({
      newlyAddedLeads: idMap.optional(),
      existingLeads: idMap.optional(),
      existingLeadsInOtherCampaigns: idMap.optional(),
    })
    .optional(),
});
export type AddLeadsAnswer = z.infer<typeof addLeadsAnswerSchema>;

/** The answer to GET /leads/?email=; `{}` when the address is unknown. */
export const leadLookupSchema = z.looseObject({
  id: z.union([z.string(), z.number()]).transform(String).optional(),
  email: z.string().optional(),
  lead_campaign_data: z
    .array(z.looseObject({ campaign_id: z.union([z.string(), z.number()]).transform(String) }))
    .optional(),
});

const optionalText = z.string().optional().catch(undefined);

/** One campaign, as GET /campaigns/{id} and each item of GET /campaigns/ describe it. */
export const campaignSchema = z.looseObject({
  id: z.union([z.string(), z.number()]).transform(String),
  name: optionalText,
  status: optionalText,
});

/** A page of GET /campaigns/{id}/leads, at most ROSTER_PAGE leads long. */
export const rosterPageSchema = z.looseObject({
  total_leads: count,
  data: z.array(
    z.looseObject({
      lead: z.looseObject({ id: z.union([z.string(), z.number()]).transform(String), email: z.string() }),
    }),
  ),
});
