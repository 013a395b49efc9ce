import { createRoute, z } from '@hono/zod-openapi';
import { isRecord } from '../exact-json.js';
import { type App, type Doors, doorSecret, organizationNamed, refuse } from './doors.js';
import { REFUSALS } from './ingest-routes.js';
import { parseJson, type UnprovenBodies } from './json-body.js';
import { ApiError } from './replies.js';
import { isSignedBy, sameSecret } from './signatures.js';

const route = createRoute({
  method: 'post',
  path: '/api/webhooks/smartlead',
  summary: 'Takes the events that Smartlead sends: bounces, unsubscribes, replies, changes',
  security: [{ smartleadSignature: [] }],
  request: {
    query: z.object({ orgId: z.string().optional() }),
    body: { content: { 'application/json': { schema: z.looseObject({ event_type: z.string().optional() }) } } },
  },
  responses: {
    200: {
      description: 'Stored, or known already.',
      content: {
        'application/json': {
          schema: z.object({ success: z.literal(true), data: z.object({ message: z.string() }) }),
        },
      },
    },
    ...REFUSALS,
  },
});

/** POST /api/webhooks/smartlead */
export function webhookRoutes(app: App, doors: Doors, bodies: UnprovenBodies): void {
  app.openAPIRegistry.registerPath(route);
  app.post('/api/webhooks/smartlead', async (c) => {
    const config = organizationNamed(doors, c);
    const { webhookSecretEnv } = config.smartlead;
    const code = 'SMARTLEAD_WEBHOOK_NOT_CONFIGURED';
    const secret = doorSecret(doors, webhookSecretEnv, code, 'smartlead.webhook_secret_env');
    const bytes = await bodies.read(c);
    const signature = c.req.header('x-smartlead-signature');
    if (signature !== undefined && !isSignedBy(secret, bytes, signature)) refuse();
    const event = parseBody(bytes, signature !== undefined);
    const { secret_key: presented, ...rest } = event;
    if (signature === undefined && !(typeof presented === 'string' && sameSecret(presented, secret))) refuse();
    // No limit here: Smartlead does not send again what was answered with 429.
    const deliveryId = c.req.header('x-request-id')?.trim() || undefined;
    const body = JSON.stringify(rest, (_name, value) => (value === secret ? '[redacted]' : value));
    const isNew = await doors.engine.event(config.organization, { deliveryId, body });
    return c.json({ success: true, data: { message: isNew ? 'Event stored' : 'Event already known' } });
  });
}

/** A body that does not prove where it comes from is refused without a word about what is wrong with it. */
function parseBody(bytes: Buffer, proven: boolean): Record<string, unknown> {
  try {
    const event = parseJson(bytes);
    if (isRecord(event)) return event;
  } catch (error) {
    if (proven) throw error;
  }
  if (!proven) refuse();
  throw new ApiError(400, 'INVALID_EVENT', 'Expected an object.');
}
