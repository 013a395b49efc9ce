import { createRoute, z } from '@hono/zod-openapi';
import type { OrganizationConfig } from '../config/schema.js';
import type { Arrival } from '../pipeline/take-in.js';
import type { Bodies } from './bodies.js';
import { type App, type DoorContext, type Doors, organizationOfKey } from './doors.js';
import { refusePacked } from './json-body.js';
import { LeadReader, leadSchema, parseLeadBody, type ReadLead } from './lead-body.js';
import { ApiError, ERASED_REPLY, errorBody, type LeadReply, leadReply } from './replies.js';

const MOST_LEADS = 1000;
const DEFAULT_WAIT_S = 10;
const LONGEST_WAIT_S = 60;

export const waitSchema = z.object({
  wait: z.coerce
    .number()
    .min(0)
    .default(DEFAULT_WAIT_S)
    .transform((seconds) => Math.min(seconds, LONGEST_WAIT_S))
    .openapi({
      param: { name: 'wait', in: 'query' },
      example: 10,
      description: 'Seconds to wait for the push, 0 to 60.',
    }),
});

/** How long a request wants to wait, milliseconds. Throws an ApiError. */
function waitOf(c: DoorContext): number {
  const parsed = waitSchema.safeParse(c.req.query());
  if (!parsed.success) throw new ApiError(400, 'INVALID_WAIT', 'wait is not a number of seconds from 0 to 60.');
  return parsed.data.wait * 1000;
}

export const errorSchema = z
  .object({ success: z.literal(false), error: z.object({ code: z.string(), message: z.string() }) })
  .openapi('Error');
const replySchema = z
  .object({
    message: z.string(),
    leadId: z.string().nullable().openapi({ description: 'null for a person who was erased.' }),
    status: z.enum(['HELD', 'ACTIVE', 'BLOCKED']),
    holdReason: z.string().nullable(),
    healthClassification: z.enum(['GREEN', 'YELLOW', 'RED']),
    assignedCampaignId: z.string().nullable(),
    pushedToSmartlead: z.boolean().openapi({ description: 'True only when the lead is proven to be in the campaign.' }),
  })
  .openapi('LeadReply');
export const oneAnswerSchema = z.object({ success: z.literal(true), data: replySchema }).openapi('LeadAnswer');
const severalAnswerSchema = z
  .object({
    success: z.literal(true),
    data: z.object({ results: z.array(z.union([replySchema.extend({ success: z.literal(true) }), errorSchema])) }),
  })
  .openapi('LeadsAnswer');

const json = <Schema extends z.ZodType>(schema: Schema) => ({ content: { 'application/json': { schema } } });
/** What any door may answer besides what it is for. */
export const REFUSALS = {
  400: { description: 'The body cannot be used.', ...json(errorSchema) },
  401: { description: 'The credentials are missing or wrong.', ...json(errorSchema) },
  413: {
    description: 'The body is larger than 5 MB, or than 256 KB where only the body can prove who sends it.',
    ...json(errorSchema),
  },
  415: { description: 'The body is packed.', ...json(errorSchema) },
  429: { description: 'Too many requests; see Retry-After.', ...json(errorSchema) },
  503: { description: 'It cannot be stored just now; see Retry-After.', ...json(errorSchema) },
};

const route = createRoute({
  method: 'post',
  path: '/api/ingest',
  summary: 'Takes one lead, or up to 1,000',
  security: [{ apiKey: [] }],
  request: {
    query: waitSchema,
    body: json(z.union([leadSchema, z.array(leadSchema).min(1).max(MOST_LEADS)])),
  },
  responses: {
    200: {
      description: 'Stored. A lead that is not in Smartlead yet is HELD, with the reason.',
      ...json(z.union([oneAnswerSchema, severalAnswerSchema])),
    },
    ...REFUSALS,
  },
});

/** How the leads of a request are to be taken in. */
export interface Posting {
  organization: string;
  /** What the audit log names as the file they are from. */
  file: string;
  waitMs: number;
}

/** How a request to `door` wants its leads taken in. Throws an ApiError. */
export function postingOf(c: DoorContext, { organization }: OrganizationConfig, door: 'api' | 'clay'): Posting {
  return { organization, file: `${door} ${c.get('requestId')}`, waitMs: waitOf(c) };
}

/**
 * Hands the leads of a request to the engine and gives the replies by address. A request is like a file: of an address
 * that comes in it twice the first counts, but a wish to hear no more counts wherever it stands. A person who was erased
 * is not among them.
 */
async function ingest(
  { engine }: Doors,
  { organization, file, waitMs }: Posting,
  read: readonly ReadLead[],
): Promise<Map<string, LeadReply>> {
  const arrivals = new Map<string, Arrival>();
  for (const [index, one] of read.entries()) {
    if ('fault' in one) continue;
    const first = arrivals.get(one.lead.email);
    if (!first) arrivals.set(one.lead.email, { lead: one.lead, file, line: index + 1 });
    else if (one.lead.unsubscribed) first.lead.unsubscribed = true;
  }
  const outcomes = await engine.ingest(organization, [...arrivals.values()], waitMs);
  return new Map(outcomes.map((outcome) => [outcome.email, leadReply(outcome)]));
}

/** The answer to one lead. Throws an ApiError when it cannot be used. */
export async function answerOne(doors: Doors, posting: Posting, read: ReadLead) {
  if ('fault' in read) throw new ApiError(400, 'INVALID_LEAD', read.fault);
  return (await ingest(doors, posting, [read])).get(read.lead.email) ?? ERASED_REPLY;
}

/** The answer to an array: a bad item costs itself. Throws an ApiError when all are bad. */
async function answerSeveral(doors: Doors, posting: Posting, read: readonly ReadLead[]) {
  const faults = read.flatMap((one, index) => ('fault' in one ? [`[${index}] ${one.fault}`] : []));
  if (faults.length === read.length) {
    const why = faults.slice(0, 5).join('; ');
    throw new ApiError(400, 'INVALID_LEAD', `Not one of the ${read.length} leads can be used: ${why}`);
  }
  const replies = await ingest(doors, posting, read);
  return read.map((one) => {
    if ('fault' in one) return errorBody('INVALID_LEAD', one.fault);
    return { success: true as const, ...(replies.get(one.lead.email) ?? ERASED_REPLY) };
  });
}

/** POST /api/ingest */
export function ingestRoutes(app: App, doors: Doors, bodies: Bodies): void {
  const readers = new Map([...doors.organizations].map(([name, config]) => [name, new LeadReader('api', config)]));
  app.openAPIRegistry.registerPath(route);
  app.post('/api/ingest', async (c) => {
    const { config, keyId } = await organizationOfKey(doors, c);
    const reader = readers.get(config.organization) ?? new LeadReader('api', config);
    const posting = postingOf(c, config, 'api');
    refusePacked(c);
    return bodies.withBody(c, keyId, async (bytes) => {
      const body = parseLeadBody(bytes);
      if (!Array.isArray(body)) {
        return c.json({ success: true, data: await answerOne(doors, posting, reader.readStrict(body)) });
      }
      refuseCount(body.length);
      const leads = body.map((one) => reader.readStrict(one));
      return c.json({ success: true, data: { results: await answerSeveral(doors, posting, leads) } });
    });
  });
}

function refuseCount(leads: number): void {
  if (leads === 0) throw new ApiError(400, 'INVALID_LEAD', 'The array is empty.');
  if (leads <= MOST_LEADS) return;
  throw new ApiError(400, 'TOO_MANY_LEADS', `An array may hold ${MOST_LEADS} leads, this one has ${leads}.`);
}
