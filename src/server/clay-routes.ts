import { createRoute, z } from '@hono/zod-openapi';
import { type App, allow, type Doors, doorSecret, organizationNamed, refuse } from './doors.js';
import { answerOne, oneAnswerSchema, postingOf, REFUSALS, waitSchema } from './ingest-routes.js';
import { parseJson, type UnprovenBodies } from './json-body.js';
import { LeadReader } from './lead-body.js';
import { isSignedBy, sameSecret } from './signatures.js';

const route = createRoute({
  method: 'post',
  path: '/api/ingest/clay',
  summary: 'Takes what a Clay table sends: any object with an e-mail address',
  security: [{ claySignature: [] }, { claySecret: [] }],
  request: {
    query: waitSchema.extend({ orgId: z.string().optional() }),
    headers: z.object({ 'x-organization-id': z.string().optional() }),
    body: {
      content: {
        'application/json': {
          schema: z
            .record(z.string(), z.unknown())
            .openapi({ example: { 'Work Email': 'test2@example.com', 'Job Title': 'Marketing Manager', Score: 75 } }),
        },
      },
    },
  },
  responses: {
    200: {
      description: 'Stored. A lead that is not in Smartlead yet is HELD, with the reason.',
      content: { 'application/json': { schema: oneAnswerSchema } },
    },
    ...REFUSALS,
  },
});

/** POST /api/ingest/clay */
export function clayRoutes(app: App, doors: Doors, bodies: UnprovenBodies): void {
  const readers = new Map([...doors.organizations].map(([name, config]) => [name, new LeadReader('clay', config)]));
  app.openAPIRegistry.registerPath(route);
  app.post('/api/ingest/clay', async (c) => {
    const config = organizationNamed(doors, c);
    const secret = doorSecret(doors, config.clay?.secretEnv, 'CLAY_NOT_CONFIGURED', 'clay.secret_env');
    const bytes = await bodies.read(c);
    const signature = c.req.header('x-clay-signature');
    const shared = c.req.header('x-clay-secret');
    const proven =
      signature === undefined
        ? shared !== undefined && sameSecret(shared.trim(), secret)
        : isSignedBy(secret, bytes, signature);
    if (!proven) refuse();
    // counted when it is proven: strangers must not use up what Clay may send
    allow(doors, `clay ${config.organization}`);
    const posting = postingOf(c, config, 'clay');
    const reader = readers.get(config.organization) ?? new LeadReader('clay', config);
    const read = reader.readLoose(parseJson(bytes));
    return c.json({ success: true, data: await answerOne(doors, posting, read) });
  });
}
