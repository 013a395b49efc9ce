/** What Smartlead answers, as far as drason reads it. */
import { z } from 'zod';

const count = z.union([
  z.int().nonnegative(),
  z
    .string()
    .regex(/^\d{1,15}$/)
    .transform(Number),
]);
/** A campaign's own count of its leads; one that is absurdly large is still a page of a roster. */
const total = z.union([z.number().nonnegative(), z.string().regex(/^\d+$/).transform(Number)]);
const emailItem = z.union([z.string(), z.object({ email: z.string() }).transform((item) => item.email)]);
const countOrList = z.union([count, z.array(emailItem)]);
/** Addresses with what is given as their ids: see {@link idSchema}. */
const idMap = z.record(z.string(), z.unknown()).nullish();

/** The id of a lead or a campaign, as text. 0, "", negative and broken numbers, and words for "none", are no ids. */
export const idSchema = z
  .union([z.string(), z.int()])
  .transform((id) => String(id).trim())
  .refine(
    (id) => id !== '' && !/^(?:[-+]|0*$|\d*[.]|\d+e[+-]?\d+$)|^(?:null|none|nil|undefined|nan|true|false)$/i.test(id),
  );

/**
 * The answers to POST /campaigns/{id}/leads that are on record: the live shape, older ones with numbers for lists, and
 * the documented one. Unknown keys are kept: a counter we don't know is a reason for care.
 */
export const addLeadsAnswerSchema = z.looseObject({
  ok: z.boolean().optional(),
  success: z.boolean().optional(),
  status: z.unknown().optional(),
  message: z.unknown().optional(),
  error: z.unknown().optional(),
  campaign_id: z.unknown().optional(),
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
    .looseObject({ newlyAddedLeads: idMap, existingLeads: idMap, existingLeadsInOtherCampaigns: idMap })
    .optional(),
});
export type AddLeadsAnswer = z.infer<typeof addLeadsAnswerSchema>;

/** The answer to GET /leads/?email=; `{}` when the address is unknown. */
export const leadLookupSchema = z.looseObject({
  id: idSchema.optional(),
  email: z.string().optional(),
  lead_campaign_data: z.array(z.looseObject({ campaign_id: idSchema })).optional(),
});

const optionalText = z.string().optional().catch(undefined);

/** One campaign, as GET /campaigns/{id} and each item of GET /campaigns/ describe it. */
export const campaignSchema = z.looseObject({
  id: idSchema,
  name: optionalText,
  status: optionalText,
});

/** A page of GET /campaigns/{id}/leads, at most ROSTER_PAGE leads long. */
export const rosterPageSchema = z.looseObject({
  total_leads: total,
  data: z.array(
    z.looseObject({
      lead: z.looseObject({ id: idSchema, email: z.string() }),
    }),
  ),
});
