/** One HTTP request and what came of it. */
import { type ClientRequest, request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { TLSSocket } from 'node:tls';
import { got, RequestError } from 'got';
import { AwakeTimer } from './awake-timer.js';
import { agents, dropStale, settleConnections } from './connections.js';
import { guardWrite, type MayWrite } from './write-gate.js';

/** What came of one request. A body is text and at most 4 MB long. */
export type HttpResult =
  | { kind: 'answer'; status: number; headers: Record<string, string | string[] | undefined>; body: string }
  /** The request never left: whatever it asked for has not happened. */
  | { kind: 'not_sent'; message: string }
  /** The request may have arrived. `stalled`: this machine stood still meanwhile, which says nothing about Smartlead. */
  | { kind: 'no_answer'; message: string; stalled?: true };

export interface HttpRequest {
  method: 'GET' | 'POST';
  url: URL;
  headers: Record<string, string>;
  body?: string;
  /** Asked when the first byte would leave. */
  mayWrite: MayWrite;
}

/** Milliseconds awake: until the connection is ready to be written to, and for all of it. */
export interface Limits {
  readyMs: number;
  wholeMs: number;
}

const LIMITS: Limits = { readyMs: 15_000, wholeMs: 30_000 };
/** Smartlead's answers to 400 leads are some tens of kilobytes; anything far beyond is not one. */
const MAX_BODY_BYTES = 4 * 1024 * 1024;
/** "Please wait" (1xx) is said once or twice, if at all. */
const MAX_INTERIM_ANSWERS = 20;
/** A stall shorter than this breaks no connection. */
const STALL_MS = 2_000;

/** How far a request has got on its way. */
class Progress {
  connected = false;
  /** Its connection could be written to, and was secure where it has to be: from here on it may have arrived. */
  ready = false;

  watch(request: ClientRequest): void {
    request.once('socket', (socket) => {
      const secure = socket instanceof TLSSocket;
      this.connected = !socket.connecting;
      this.ready = request.reusedSocket || !(secure || socket.connecting);
      // A connection that is kept would collect a listener with each request.
      if (this.ready) return;
      socket.once('connect', () => {
        this.connected = true;
        if (!secure) this.ready = true;
      });
      if (secure) {
        socket.once('secureConnect', () => {
          this.ready = true;
        });
      }
    });
  }
}

/** got's own errors hold the URL, and with it the key: only a code leaves this file. */
const codeOf = (error: Error) => (error instanceof RequestError ? error.code : error.name);

/** What to say of a connection that broke, by how far it had got. */
function brokenAt({ connected, ready }: Progress, host: string, code: string): string {
  if (ready) return `the connection to ${host} broke (${code})`;
  if (!connected) return `${host} cannot be reached (${code})`;
  return `no secure connection to ${host} (${code}); check smartlead.base_url, this machine's clock and its certificates`;
}

/** Tells of the ends of a request that got does not tell of. */
function watchForEnds(request: ClientRequest, host: string, fail: (message: string) => void, answered: () => boolean) {
  let interim = 0;
  request.on('error', () => undefined);
  request.on('information', () => {
    if (++interim > MAX_INTERIM_ANSWERS) fail(`${host} only ever says that an answer will follow`);
  });
  request.on('upgrade', (_response, socket) => {
    socket.destroy();
    fail(`${host} answered by changing the protocol`);
  });
  request.on('close', () => {
    // got tells first, when it does: why a connection ended is more than that it did.
    setImmediate(() => {
      if (!answered()) fail(`${host} closed the connection without an answer`);
    });
  });
}

/**
 * Makes one request: no retries, no redirects, and an end within the limits whatever the other side does. Never throws
 * for what the other side or the way to it does.
 */
export async function exchange(asked: HttpRequest, limits = LIMITS): Promise<HttpResult> {
  await settleConnections();
  return new Promise((resolve) => {
    const { host } = asked.url;
    const progress = new Progress();
    const timer = new AwakeTimer();
    let link: ClientRequest | undefined;

    const stream = got.stream(asked.url, {
      method: asked.method,
      ...(asked.body === undefined ? {} : { body: asked.body }),
      headers: asked.headers,
      retry: { limit: 0 },
      followRedirect: false,
      throwHttpErrors: false,
      agent: agents,
      request: (url, options) => {
        dropStale();
        link = (url.protocol === 'https:' ? httpsRequest : httpRequest)(url, options);
        progress.watch(link);
        guardWrite(link, asked.mayWrite);
        watchForEnds(link, host, fail, () => stream.response !== undefined);
        return link;
      },
    });

    function end(result: HttpResult): void {
      timer.stop();
      resolve(result);
      if (result.kind === 'answer') return;
      const socket = link?.socket;
      stream.destroy();
      link?.destroy();
      socket?.destroy();
    }

    function fail(message: string): void {
      if (!progress.ready) end({ kind: 'not_sent', message });
      else if (timer.stalledMs() < STALL_MS) end({ kind: 'no_answer', message });
      else {
        const seconds = Math.round(timer.stalledMs() / 1000);
        end({ kind: 'no_answer', message: `this machine stood still for ${seconds} s, and ${message}`, stalled: true });
      }
    }

    const chunks: Buffer[] = [];
    let size = 0;
    stream.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > MAX_BODY_BYTES) fail(`the answer of ${host} is larger than 4 MB`);
      else chunks.push(chunk);
    });
    stream.on('error', (error) => fail(brokenAt(progress, host, codeOf(error))));
    stream.on('end', () => {
      const { response } = stream;
      if (!response) return fail(`${host} closed the connection without an answer`);
      if (response.statusCode < 200) return fail(`${host} answered by changing the protocol`);
      const body = Buffer.concat(chunks).toString('utf8');
      end({ kind: 'answer', status: response.statusCode, headers: response.headers, body });
    });
    timer.at(limits.readyMs, () => {
      if (!progress.ready) fail(`no connection to ${host} within ${limits.readyMs / 1000} s`);
    });
    timer.at(limits.wholeMs, () => fail(`no answer from ${host} within ${limits.wholeMs / 1000} s`));
  });
}
