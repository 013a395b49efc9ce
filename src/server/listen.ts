import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import { systemClock } from '../clock.js';
import { UsageError } from '../errors.js';
import type { App } from './doors.js';

/**
 * Headers must be there within this time, and the whole request within the next, milliseconds. A lead file may come over
 * a slow line: 1 GiB takes two hours at 1.2 Mbit/s. Node knows one limit for all requests, so it has the long one, and
 * the short one is kept here for every other address. That of the upload gives nobody two hours for nothing: without a
 * login it answers at once, and a request that is answered before it is whole is cut off.
 */
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 30_000;
const UPLOAD_TIMEOUT_MS = 2 * 3_600_000;
const UPLOAD = /^\/admin\/o\/[^/?]+\/upload\?/;

/** How long the last answers may take to reach who waits for them, milliseconds. */
const LAST_ANSWERS_MS = 5000;

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
    { headersTimeout: HEADERS_TIMEOUT_MS, requestTimeout: UPLOAD_TIMEOUT_MS, connectionsCheckingInterval: 2000 },
    getRequestListener(app.fetch),
  );
  server.on('request', cutOffSlow);
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => {
      reject(
        new UsageError(`cannot listen on ${host}:${port}: ${error.message}`, 'Choose another with --port or --host.'),
      );
    });
    server.listen(port, host, () => resolve());
  });
  const address = server.address();
  return { port: typeof address === 'object' && address ? address.port : port, ...endOf(server) };
}

/** Ends a request that does not come to its end in time, unless it carries a file. */
function cutOffSlow(request: IncomingMessage): void {
  if (UPLOAD.test(request.url ?? '')) return;
  const late = setTimeout(() => request.destroy(), REQUEST_TIMEOUT_MS).unref();
  const inTime = () => clearTimeout(late);
  request.once('end', inTime).once('close', inTime);
}

/** How a server ends: answers are sent to their end, and everyone else is cut off. */
function endOf(server: Server): Pick<Listening, 'shut' | 'drain'> {
  const closed = new Promise<void>((resolve) => server.once('close', resolve));
  const open = new Map<ServerResponse, { request: IncomingMessage; ended: Promise<void> }>();
  server.on('request', (request, response) => {
    const ended = new Promise<void>((resolve) => response.once('close', resolve)).then(
      () => void open.delete(response),
    );
    open.set(response, { request, ended });
  });
  return {
    shut: () => void server.close(),
    async drain() {
      // Who has not sent a whole request gets no answer. Node closes such connections by itself no more.
      const whole = [...open.values()].filter(({ request }) => request.complete);
      const enough = new AbortController();
      const late = systemClock.sleep(LAST_ANSWERS_MS, enough.signal);
      await Promise.race([Promise.all(whole.map(({ ended }) => ended)), late]);
      enough.abort();
      server.closeAllConnections();
      await closed;
    },
  };
}
