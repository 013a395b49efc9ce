import { type Context, Hono } from 'hono';
import type { SandboxAccount } from './account.js';
import { addLeads, firstInvalidRow } from './add-leads.js';
import { type AnswerShape, answerAddLeads, type InvalidMode } from './answers.js';
import { deleteMember } from './delete-member.js';
import { findLead, listCampaigns, readAnalytics, readCampaign, readRoster } from './read-answers.js';
import { badRequest, type Reply, refusals } from './reply.js';
import { addLeadsParser, type RequestLimits } from './wire.js';

export interface RouteOptions {
  account: SandboxAccount;
  answer: AnswerShape;
  invalid: InvalidMode;
  limits: RequestLimits;
}

/** The part of Smartlead's API that drason uses, without keys, limits or faults. */
export function buildRoutes(options: RouteOptions): Hono {
  const { account } = options;
  const parse = addLeadsParser(options.limits);
  // Smartlead takes its paths with and without a slash at the end
  const routes = new Hono({ strict: false });

  routes.get('/campaigns', () => toResponse(listCampaigns(account)));
  routes.get('/campaigns/:id', (c) => toResponse(readCampaign(account, c.req.param('id'))));
  routes.get('/campaigns/:id/leads', (c) => toResponse(readRoster(account, c.req.param('id'), c.req.query())));
  routes.get('/campaigns/:id/analytics', (c) => toResponse(readAnalytics(account, c.req.param('id'))));
  routes.get('/leads', (c) => toResponse(findLead(account, c.req.query('email'))));
  routes.delete('/campaigns/:id/leads/:lead', (c) =>
    toResponse(deleteMember(account, c.req.param('id'), c.req.param('lead'))),
  );
  routes.post('/campaigns/:id/leads', async (c) => toResponse(postLeads(c.req.param('id'), await readBody(c))));

  function postLeads(campaignId: string, body: Body): Reply {
    if ('malformed' in body) return badRequest(body.malformed);
    const parsed = parse(body.value);
    if ('message' in parsed) return badRequest(parsed.message);
    const wrong = options.invalid === 'count' ? -1 : firstInvalidRow(parsed.request);
    if (wrong >= 0 && options.invalid === 'reject') {
      return badRequest(`"lead_list[${wrong}].email" must be a valid email`);
    }
    if (wrong >= 0) return badRequest('Invalid request payload input');
    if (!account.campaign(campaignId)) return refusals.campaignMissing;
    const rows = addLeads(account, campaignId, parsed.request);
    return answerAddLeads(options.answer, rows, parsed.request.settings?.return_lead_ids === true);
  }

  return routes;
}

/** Puts a reply on the wire. */
export function toResponse(reply: Reply): Response {
  return new Response(reply.body, { status: reply.status, headers: { ...reply.headers, 'content-type': reply.type } });
}

type Body = { value: unknown } | { malformed: string };

/** The JSON of a request. As with Express, a body of another content type counts as an empty one. */
export async function readBody(c: Context): Promise<Body> {
  const text = await c.req.text();
  if (text === '' || !/\bjson\b/i.test(c.req.header('content-type') ?? '')) return { value: {} };
  try {
    return { value: JSON.parse(text) };
  } catch (error) {
    return { malformed: error instanceof Error ? error.message : 'Unexpected end of JSON input' };
  }
}
