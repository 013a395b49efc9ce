import { z } from 'zod';

/** What a request may hold. */
export interface RequestLimits {
  maxLeads: number;
  maxCustomFields: number;
  /** Whether `settings.return_lead_ids` is known. */
  returnLeadIds: boolean;
}

// Joi's wording: an absent value is "required" whatever type it should have had
const joi = (otherwise: string) => ({
  error: (issue: { input?: unknown }) => (issue.input === undefined ? 'is required' : otherwise),
});
const text = z.string(joi('must be a string'));
const flag = z.boolean(joi('must be a boolean'));
const scalar = z.union([z.string(), z.number(), z.boolean()], joi('must be one of [string, number, boolean]'));
const isObject = joi('must be of type object');

function requestSchema({ maxLeads, maxCustomFields }: RequestLimits) {
  const lead = z.strictObject(
    {
      email: text,
      first_name: text.optional(),
      last_name: text.optional(),
      phone_number: text.optional(),
      company_name: text.optional(),
      website: text.optional(),
      location: text.optional(),
      linkedin_profile: text.optional(),
      company_url: text.optional(),
      custom_fields: z
        .record(z.string(), scalar, isObject)
        .refine((fields) => Object.keys(fields).length <= maxCustomFields, {
          error: `must have less than or equal to ${maxCustomFields} keys`,
        })
        .optional(),
    },
    isObject,
  );
  const settings = z.strictObject(
    {
      ignore_global_block_list: flag.optional(),
      ignore_unsubscribe_list: flag.optional(),
      ignore_duplicate_leads_in_other_campaign: flag.optional(),
      return_lead_ids: flag.optional(),
    },
    isObject,
  );
  return z.strictObject(
    {
      lead_list: z
        .array(lead, joi('must be an array'))
        .min(1, 'must contain at least 1 items')
        .max(maxLeads, `must contain less than or equal to ${maxLeads} items`),
      settings: settings.optional(),
    },
    isObject,
  );
}

export type AddLeadsRequest = z.infer<ReturnType<typeof requestSchema>>;

/** Either the request, or what is first wrong with it in the words of Smartlead's validator. */
export type ParsedRequest = { request: AddLeadsRequest } | { message: string };

/** A function that checks the body of "add leads" against the limits. One wrong key fails the whole request. */
export function addLeadsParser(limits: RequestLimits): (body: unknown) => ParsedRequest {
  const schema = requestSchema(limits);
  return (body) => {
    const result = schema.safeParse(body);
    if (!result.success) return { message: firstProblem(result.error) };
    if (!limits.returnLeadIds && result.data.settings?.return_lead_ids !== undefined) {
      return { message: '"settings.return_lead_ids" is not allowed' };
    }
    return { request: result.data };
  };
}

function firstProblem(error: z.ZodError): string {
  const issue = error.issues[0];
  if (!issue) return 'Invalid request payload input';
  if (issue.code !== 'unrecognized_keys') return `"${label(issue.path)}" ${issue.message}`;
  return `"${label([...issue.path, ...issue.keys.slice(0, 1)])}" is not allowed`;
}

// lead_list[3].custom_fields.colour; Joi calls the body itself "value"
function label(path: PropertyKey[]): string {
  const steps = path.map((step) => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`));
  return steps.join('').replace(/^\./, '') || 'value';
}
