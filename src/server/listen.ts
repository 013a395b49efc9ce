import { createServer } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import { UsageError } from '../errors.js';
import type { App } from './doors.js';

/** Headers must be there within this time, and the whole request within the next, milliseconds. */
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 30_000;

/** How long answers that have been given take to reach the wire at most, milliseconds. */
const LAST_ANSWERS_MS = 1000;

/** A server that listens. */
export interface Listening {
  port: number;
  /** Takes no new connections. */
  shut(): void;
  /** To be called when all answers are given: ends when they are sent. Whoever is still sending is cut off. */
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
  const closed = new Promise<void>((resolve) => server.once('close', resolve));
  return {
    port: typeof address === 'object' && address ? address.port : port,
    shut: () => void server.close(),
    async drain() {
      // Node counts a connection on which nothing was ever sent as busy, and looks after no time-outs any more.
      const cut = setTimeout(() => server.closeAllConnections(), LAST_ANSWERS_MS);
      server.closeIdleConnections();
      await closed;
      clearTimeout(cut);
    },
  };
}
