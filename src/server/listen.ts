import { createServer, type Server } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import { UsageError } from '../errors.js';
import type { App } from './doors.js';

/** Headers must be there within this time, and the whole request within the next, milliseconds. */
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 30_000;

/** A server that listens. */
export interface Listening {
  port: number;
  /** Takes no new requests, and ends when those under way are answered. */
  drain(): Promise<void>;
}

/** Listens. Throws a UsageError when the address cannot be had. */
export async function listen(app: App, { host, port }: { host: string; port: number }): Promise<Listening> {
  const server = createServer(
    { headersTimeout: HEADERS_TIMEOUT_MS, requestTimeout: REQUEST_TIMEOUT_MS, connectionsCheckingInterval: 2000 },
    getRequestListener(app.fetch, { overrideGlobalObjects: false }),
  );
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => {
      reject(
        new UsageError(`cannot listen on ${host}:${port}: ${error.message}`, 'Choose another with --port or --host.'),
      );
    });
    server.listen(port, host, () => resolve());
  });
  const address = server.address();
  return { port: typeof address === 'object' && address ? address.port : port, drain: () => drain(server) };
}

function drain(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
  });
}
