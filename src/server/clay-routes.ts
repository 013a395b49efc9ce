import { createRoute, z } from '@hono/zod-openapi';
import type { Bodies } from './bodies.js';
import { type App, allow, type Doors } from './doors.js';
import { answerOne, oneAnswerSchema, postingOf, REFUSALS, waitSchema } from './ingest-routes.js';
import { LeadReader, parseLeadBody } from './lead-body.js';
import { SignedDoor } from './signed-door.js';

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
export function clayRoutes(app: App, doors: Doors, bodies: Bodies): void {
  const readers = new Map([...doors.organizations].map(([name, config]) => [name, new LeadReader('clay', config)]));
  const door = new SignedDoor(doors, bodies, 'clay.secret_env', ({ clay }) => clay?.secretEnv);
  app.openAPIRegistry.registerPath(route);
  app.post('/api/ingest/clay', (c) => {
    const shown = { signature: c.req.header('x-clay-signature'), secrets: [c.req.header('x-clay-secret')] };
    return door.open(c, shown, undefined, async ({ config, bytes }) => {
      // counted when it is proven: strangers must not use up what Clay may send
      allow(doors, `clay ${config.organization}`);
      const posting = postingOf(c, config, 'clay');
      const reader = readers.get(config.organization) ?? new LeadReader('clay', config);
      const read = reader.readLoose(parseLeadBody(bytes));
      return c.json({ success: true as const, data: await answerOne(doors, posting, read) });
    });
  });
}
