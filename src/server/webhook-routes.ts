import { createRoute, z } from '@hono/zod-openapi';
import { type App, type DoorContext, type Doors, doorSecret, organizationNamed, refuse } from './doors.js';
import { REFUSALS } from './ingest-routes.js';
import { parseJson, type UnprovenBodies } from './json-body.js';
import { MAX_EVENTS, type Opened, openEnvelopes } from './open-envelopes.js';
import { ApiError } from './replies.js';
import { isSignedBy, sameSecret } from './signatures.js';
import { secretMask, withoutSecret } from './without-secret.js';

const route = createRoute({
  method: 'post',
  path: '/api/webhooks/smartlead',
  summary:
    'Takes the events that Smartlead sends, also in what a forwarder puts round them: bounces, unsubscribes, replies, changes',
  security: [{ smartleadSignature: [] }, { smartleadSecret: [] }],
  request: {
    query: z.object({ orgId: z.string().optional(), secret: z.string().optional() }),
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
    const body = provenBody(c, secret, bytes);
    const mask = secretMask(secret);
    // No limit here: Smartlead does not send again what was answered with 429.
    const deliveryId = mask(c.req.header('x-request-id')?.trim() ?? '') || undefined;
    const isNew = await doors.engine.event(config.organization, {
      deliveryId,
      body: JSON.stringify(withoutSecret(body, mask)),
    });
    return c.json({ success: true, data: { message: isNew ? 'Event stored' : 'Event already known' } });
  });
}

/**
 * The body of a request that proves where it comes from: by its signature, which alone counts where there is one, or by
 * the secret in a header, in the URL, or in the body. One that proves nothing is refused without a word about what is
 * wrong with it. Throws an ApiError.
 */
function provenBody(c: DoorContext, secret: string, bytes: Buffer): unknown {
  const signature = c.req.header('x-smartlead-signature');
  const presented = [c.req.header('x-smartlead-secret')?.trim(), c.req.query('secret')];
  const isProven =
    signature === undefined
      ? presented.some((one) => one !== undefined && sameSecret(one, secret))
      : isSignedBy(secret, bytes, signature);
  if (signature !== undefined && !isProven) refuse();
  const opened = openBody(bytes, isProven);
  if (!isProven && !opened.secrets.some((one) => sameSecret(one, secret))) refuse();
  if (opened.tooMany) {
    throw new ApiError(400, 'TOO_MANY_EVENTS', `More than ${MAX_EVENTS.toLocaleString('en')} events in one body.`);
  }
  if (opened.events.length === 0)
    throw new ApiError(400, 'INVALID_EVENT', 'Expected an object, or objects in an array.');
  return opened.body;
}

function openBody(bytes: Buffer, isProven: boolean): Opened & { body: unknown } {
  try {
    const body = parseJson(bytes);
    return { body, ...openEnvelopes(body) };
  } catch (error) {
    if (!isProven) refuse();
    throw error;
  }
}
