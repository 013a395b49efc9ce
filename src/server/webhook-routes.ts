import { createRoute, z } from '@hono/zod-openapi';
import type { Bodies } from './bodies.js';
import type { App, Doors } from './doors.js';
import { parseEventBody } from './event-body.js';
import { REFUSALS } from './ingest-routes.js';
import { tooManyFields } from './json-body.js';
import { MAX_EVENTS, MAX_FIELDS_OF_RECORD, type Opened, openEnvelopes } from './open-envelopes.js';
import { ApiError } from './replies.js';
import { sameSecret } from './signatures.js';
import { SignedDoor } from './signed-door.js';
import { mayHoldSecret, secretMask, withoutSecret } from './without-secret.js';

const route = createRoute({
  method: 'post',
  path: '/api/webhooks/smartlead',
  summary:
    'Takes the events that Smartlead sends, also in what a forwarder puts round them: bounces, unsubscribes, replies, changes',
  security: [{ smartleadSignature: [] }, { smartleadSecret: [] }],
  request: {
    query: z.object({ orgId: z.string().optional(), secret: z.string().optional() }),
    body: {
      content: {
        'application/json': { schema: z.looseObject({ event_type: z.string().optional() }) },
        'application/x-www-form-urlencoded': { schema: z.looseObject({ event_type: z.string().optional() }) },
      },
    },
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
export function webhookRoutes(app: App, doors: Doors, bodies: Bodies): void {
  const setting = 'smartlead.webhook_secret_env';
  const door = new SignedDoor(doors, bodies, setting, ({ smartlead }) => smartlead.webhookSecretEnv);
  app.openAPIRegistry.registerPath(route);
  app.post('/api/webhooks/smartlead', (c) => {
    const contentType = c.req.header('content-type');
    const shown = {
      signature: c.req.header('x-smartlead-signature'),
      secrets: [c.req.header('x-smartlead-secret'), c.req.query('secret')],
    };
    const inBody = (bytes: Buffer, secret: string) => provenByBody(bytes, secret, contentType);
    return door.open(c, shown, inBody, async ({ config, secret, bytes, fromBody }) => {
      const opened = fromBody ?? openBody(bytes, contentType);
      refuseUnreadable(opened);
      const mask = secretMask(secret);
      // No limit here: Smartlead does not send again what was answered with 429.
      const deliveryId = mask(c.req.header('x-request-id')?.trim() ?? '') || undefined;
      const isNew = await doors.engine.event(config.organization, {
        deliveryId,
        body: JSON.stringify(withoutSecret(opened.body, mask)),
      });
      return c.json({ success: true as const, data: { message: isNew ? 'Event stored' : 'Event already known' } });
    });
  });
}

type OpenBody = Opened & { body: unknown };

function openBody(bytes: Buffer, contentType: string | undefined): OpenBody {
  const body = parseEventBody(bytes, contentType);
  return { body, ...openEnvelopes(body) };
}

/**
 * What a body says that has the secret in its place. A stranger's is not even parsed: there the secret is nowhere.
 * Undefined: it proves nothing.
 */
function provenByBody(bytes: Buffer, secret: string, contentType: string | undefined): OpenBody | undefined {
  if (!mayHoldSecret(bytes.toString('utf8'), secret)) return undefined;
  try {
    const opened = openBody(bytes, contentType);
    return opened.secrets.some((one) => sameSecret(one, secret)) ? opened : undefined;
  } catch (error) {
    if (error instanceof ApiError) return undefined;
    throw error;
  }
}

function refuseUnreadable({ tooMany, events }: Opened): void {
  if (tooMany === 'fields') throw tooManyFields(`${MAX_FIELDS_OF_RECORD.toLocaleString('en')} fields in one object`);
  if (tooMany === 'events') {
    throw new ApiError(400, 'TOO_MANY_EVENTS', `More than ${MAX_EVENTS.toLocaleString('en')} events in one body.`);
  }
  if (events.length === 0) throw new ApiError(400, 'INVALID_EVENT', 'Expected an object, or objects in an array.');
}
