import { lstat, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { systemClock } from '../clock.js';
import { UsageError } from '../errors.js';
import type { App } from './doors.js';
import { isUploadAddress } from './upload-address.js';

/**
 * Headers must be there within this time, and the whole request within the next, milliseconds. A lead file may come over
 * a slow line: 1 GiB takes two hours at 1.2 Mbit/s. Node knows one limit for all requests, so it has the long one, and
 * the short one is kept here for every other address. That of the upload gives nobody two hours for nothing: without a
 * login it answers at once, and a request that is answered before it is whole is cut off.
 */
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 30_000;
const UPLOAD_TIMEOUT_MS = 2 * 3_600_000;
/** Whether they are is looked at this often. */
const CHECK_EVERY_MS = 2000;

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

/** Whether an address to listen on is the path of a Unix socket. */
export const isSocketPath = (host: string): boolean => host.startsWith('/');

/** Deletes the socket of a server that was killed: one to which nobody listens. */
async function removeLeftSocket(path: string): Promise<void> {
  const found = await lstat(path).catch(() => undefined);
  if (!found?.isSocket()) return;
  const isLeft = await new Promise<boolean>((resolve) => {
    const socket = connect(path, () => resolve(false));
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'ECONNREFUSED'));
    socket.on('connect', () => socket.destroy());
  });
  if (isLeft) await rm(path);
}

/** Listens, on a Unix socket where the host is a path. Throws a UsageError when the address cannot be had. */
export async function listen(app: App, { host, port }: { host: string; port: number }): Promise<Listening> {
  const server = createServer(
    {
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: UPLOAD_TIMEOUT_MS,
      connectionsCheckingInterval: CHECK_EVERY_MS,
    },
    getRequestListener(app.fetch),
  );
  const open = openRequests(server);
  const isSocket = isSocketPath(host);
  if (isSocket) await removeLeftSocket(host);
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => {
      const where = isSocket ? host : `${host}:${port}`;
      reject(new UsageError(`cannot listen on ${where}: ${error.message}`, 'Choose another with --port or --host.'));
    });
    // whoever may enter its folder may use it, as everybody on this machine may use a port
    if (isSocket) server.listen({ path: host, readableAll: true, writableAll: true }, () => resolve());
    else server.listen(port, host, () => resolve());
  });
  const address = server.address();
  return { port: typeof address === 'object' && address ? address.port : port, ...endOf(server, open) };
}

/** Requests without an answer, by what answers them, with when they came on the steady clock. */
type OpenRequests = ReadonlyMap<ServerResponse, { request: IncomingMessage; cameAt: number }>;

/** Keeps the requests that are open, and ends those that are not whole in time, unless they carry a file. */
function openRequests(server: Server): OpenRequests {
  const open = new Map<ServerResponse, { request: IncomingMessage; cameAt: number }>();
  server.on('request', (request, response) => {
    open.set(response, { request, cameAt: systemClock.steady() });
    response.once('close', () => open.delete(response));
  });
  const checking = setInterval(() => {
    const latest = systemClock.steady() - REQUEST_TIMEOUT_MS;
    for (const [response, { request, cameAt }] of open) {
      // An answer that had to wait for another one's end is never said to be closed when its connection goes.
      if (request.socket.destroyed) open.delete(response);
      else if (cameAt < latest && !request.complete && !isUploadAddress(request.url ?? '')) request.destroy();
    }
  }, CHECK_EVERY_MS).unref();
  server.once('close', () => clearInterval(checking));
  return open;
}

/** How a server ends: answers are sent to their end, and everyone else is cut off. */
function endOf(server: Server, open: OpenRequests): Pick<Listening, 'shut' | 'drain'> {
  const closed = new Promise<void>((resolve) => server.once('close', resolve));
  return {
    shut: () => void server.close(),
    async drain() {
      // Who has not sent a whole request gets no answer. Node closes such connections by itself no more.
      const whole = [...open].filter(([, { request }]) => request.complete && !request.socket.destroyed);
      const answered = whole.map(([response]) => new Promise((resolve) => response.once('close', resolve)));
      const enough = new AbortController();
      const late = systemClock.sleep(LAST_ANSWERS_MS, enough.signal);
      await Promise.race([Promise.all(answered), late]);
      enough.abort();
      server.closeAllConnections();
      await closed;
    },
  };
}
