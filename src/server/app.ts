import { OpenAPIHono } from '@hono/zod-openapi';
import { TemporaryError } from '../errors.js';
import { newId } from '../ids.js';
import { version } from '../version.js';
import { adminRoutes } from './admin-door.js';
import { Bodies } from './bodies.js';
import { clayRoutes } from './clay-routes.js';
import { clientAddress } from './client-address.js';
import type { App, DoorEnv, Doors } from './doors.js';
import { ingestRoutes } from './ingest-routes.js';
import { probeRoutes } from './probe-routes.js';
import { ApiError, errorBody } from './replies.js';
import { webhookRoutes } from './webhook-routes.js';

const SECURITY_SCHEMES = {
  apiKey: { type: 'apiKey', in: 'header', name: 'X-API-Key' },
  claySignature: {
    type: 'apiKey',
    in: 'header',
    name: 'X-Clay-Signature',
    description: 'Hex HMAC-SHA256 of the raw body, with or without sha256=.',
  },
  claySecret: { type: 'apiKey', in: 'header', name: 'X-Clay-Secret' },
  smartleadSignature: {
    type: 'apiKey',
    in: 'header',
    name: 'X-Smartlead-Signature',
    description: 'sha256= and the hex HMAC-SHA256 of the raw body; or a field secret_key in the body.',
  },
  smartleadSecret: {
    type: 'apiKey',
    in: 'header',
    name: 'X-Smartlead-Secret',
    description: 'For forwarders, which cannot sign; or ?secret= in the URL.',
  },
} as const;

const POSTED_TO = ['/api/ingest', '/api/ingest/clay', '/api/webhooks/smartlead'];
/** Whatever else is asked for is counted together: senders must not be able to make up labels. */
const KNOWN_PATHS = new Set([...POSTED_TO, '/healthz', '/readyz', '/metrics', '/openapi.json']);

function routeOf(path: string): string {
  if (path === '/admin' || path.startsWith('/admin/')) return '/admin';
  return KNOWN_PATHS.has(path) ? path : 'other';
}

/** Builds the HTTP doors without listening. */
export function buildApp(doors: Doors): App {
  const { log, clock } = doors;
  const app: App = new OpenAPIHono<DoorEnv>();

  app.use('*', async (c, next) => {
    const requestId = newId(clock.now());
    const began = clock.steady();
    c.set('requestId', requestId);
    const client = clientAddress(c, doors.trustedProxies);
    c.set('client', client);
    c.header('x-request-id', requestId);
    c.header('cache-control', 'no-store');
    c.header('x-content-type-options', 'nosniff');
    if (doors.draining()) {
      c.header('connection', 'close');
      throw new ApiError(503, 'STOPPING', 'The server is about to stop. Send it again.', { 'retry-after': '5' });
    }
    await next();
    if (doors.draining()) c.header('connection', 'close');
    const line = {
      requestId,
      client,
      organization: c.get('organization'),
      keyId: c.get('keyId'),
      method: c.req.method,
      path: c.req.path,
      status: c.res.status,
      ms: clock.steady() - began,
    };
    const route = routeOf(c.req.path);
    doors.times.observe({ method: c.req.method, route, status: c.res.status, ms: line.ms });
    // a probe every few seconds would hide what matters
    if (c.req.path === '/healthz' || c.req.path === '/metrics') log.debug(line, 'request');
    else log.info(line, 'request');
  });
  app.notFound((c) => c.json(errorBody('NOT_FOUND', 'There is nothing here.'), 404));
  app.onError((error, c) => {
    if (error instanceof ApiError) {
      for (const [name, value] of Object.entries(error.headers)) c.header(name, value);
      return c.json(errorBody(error.code, error.message), error.status);
    }
    const requestId = c.get('requestId');
    log.error({ requestId, err: { message: error.message, stack: error.stack } }, 'a request failed');
    if (error instanceof TemporaryError) {
      c.header('retry-after', '5');
      return c.json(errorBody('TRY_AGAIN', 'The lead could not be stored just now. Send it again.'), 503);
    }
    return c.json(errorBody('INTERNAL', `Something went wrong; it was logged as ${requestId}.`), 500);
  });

  probeRoutes(app, doors);
  const bodies = new Bodies();
  ingestRoutes(app, doors, bodies);
  clayRoutes(app, doors, bodies);
  webhookRoutes(app, doors, bodies);
  if (doors.pages) adminRoutes(app, doors.pages, doors.names);
  for (const path of POSTED_TO) {
    app.all(path, () => {
      throw new ApiError(405, 'METHOD_NOT_ALLOWED', 'This address takes POST.', { allow: 'POST' });
    });
  }
  for (const [name, scheme] of Object.entries(SECURITY_SCHEMES)) {
    app.openAPIRegistry.registerComponent('securitySchemes', name, scheme);
  }
  app.doc31('/openapi.json', {
    openapi: '3.1.0',
    info: {
      title: 'drason',
      version: version(),
      description: 'Takes sales leads and puts each into its Smartlead campaign.',
    },
  });
  return app;
}
