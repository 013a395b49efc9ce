import { createServer } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { getRequestListener, type HttpBindings } from '@hono/node-server';
import { type Context, Hono } from 'hono';
import { systemClock } from '../clock.js';
import { UsageError } from '../errors.js';
import { type RateLimit, SandboxAccount } from './account.js';
import type { AnswerShape, InvalidMode } from './answers.js';
import type { Fault, FaultRequest, PickFault } from './faults.js';
import { json, type Reply, refusals, tooManyRequests } from './reply.js';
import { buildRoutes, readBody, toResponse } from './routes.js';
import { answerAfter, answerInstead, ELSEWHERE_URL, neverAnswer, strikesInstead } from './strike.js';

const BASE_PATH = '/api/v1';

/** One request, as `onRequest` is told of it when its answer is settled. */
export interface RequestRecord {
  /** When the request's head had arrived, in milliseconds of `performance.now()`. */
  at: number;
  method: string;
  /** With the base path, without the query and a slash at the end. */
  path: string;
  query: Record<string, string>;
  key: string | undefined;
  /** The parsed JSON; undefined when there was none. */
  body: unknown;
  /** Undefined when no answer was given. */
  status: number | undefined;
  fault: Fault | undefined;
}

/** How the stand-in behaves. Everything has a default. */
export interface BehaviourOptions {
  /** Per key, counted for all servers on the same account file; null for none. Default: 10 requests in 2 s. */
  rateLimit?: RateLimit | null;
  /** Waiting time before a request is worked on. Default: 0. */
  latencyMs?: number | (() => number);
  faults?: PickFault;
  /** Where the fault `302` points to. */
  redirectTo?: string;
  answer?: AnswerShape;
  invalid?: InvalidMode;
  /** Default: 400 leads in a request. */
  maxLeads?: number;
  /** Default: 200 custom fields in a lead. */
  maxCustomFields?: number;
  /** false: `settings.return_lead_ids` is not allowed, as some accounts have it. Default: true. */
  returnLeadIds?: boolean;
  /** Refuses keys beside those that begin with `bad`. */
  acceptKey?: (key: string) => boolean;
  onRequest?: (record: RequestRecord) => void;
}

export interface SandboxOptions extends BehaviourOptions {
  /** Default: an account in memory. */
  accountFile?: string;
  /** Default: any free one. */
  port?: number;
  host?: string;
}

export interface RunningSandbox {
  /** The base URL, `http://127.0.0.1:PORT/api/v1`. */
  url: string;
  port: number;
  account: SandboxAccount;
  /** Ends at once, open connections included. */
  close(): Promise<void>;
}

type Env = { Bindings: Partial<HttpBindings> };

/** Builds the app on an open account, without listening. */
export function buildSandbox(options: BehaviourOptions & { account: SandboxAccount }): Hono<Env> {
  const { account, latencyMs = 0, onRequest, redirectTo = ELSEWHERE_URL } = options;
  const rateLimit = options.rateLimit === undefined ? { requests: 10, windowMs: 2000 } : options.rateLimit;
  let passed = 0;

  const app = new Hono<Env>({ strict: false });

  // The rate limit comes first, so that a request counts whatever becomes of it; then the faults, as they would strike
  // on the way; then the key, and the route.
  app.use('*', async (c, next) => {
    const at = performance.now();
    const { api_key: key, ...query } = c.req.query();
    const { method, path } = c.req;
    const body = await parsedBody(c);
    const note = (status: number | undefined, fault?: Fault) =>
      onRequest?.({ at, method, path, query, key, body, status, fault });
    const answer = (reply: Reply, fault?: Fault) => {
      note(reply.status, fault);
      return toResponse(reply);
    };

    const rate = rateLimit && account.takeRequest(key ?? '', rateLimit);
    if (rateLimit && rate && !rate.allowed) {
      return answer(tooManyRequests(rateLimit, rate.waitMs, systemClock.now()));
    }
    const request: FaultRequest = { n: passed++, method, path, body };
    const pause = typeof latencyMs === 'number' ? latencyMs : latencyMs();
    if (pause > 0) await wait(pause, undefined, { ref: false });

    const fault = options.faults?.(request);
    if (fault !== undefined && strikesInstead(fault)) {
      const reply = answerInstead(fault, path, redirectTo);
      if (reply) return answer(reply, fault);
      note(undefined, fault);
      return neverAnswer(fault, c.env.incoming?.socket);
    }
    const refusal = checkKey(key, options.acceptKey);
    if (refusal) c.res = toResponse(refusal);
    else await next();

    if (fault !== undefined) {
      const changed = await answerAfter(fault, c.res);
      if (!changed) {
        note(undefined, fault);
        return neverAnswer(fault, c.env.incoming?.socket);
      }
      // an answer put over another takes on its headers, unless that one is taken away first
      c.res = undefined;
      c.res = changed;
    }
    note(c.res.status, fault);
    return;
  });

  app.route(
    BASE_PATH,
    buildRoutes({
      account,
      answer: options.answer ?? 'live',
      invalid: options.invalid ?? 'count',
      limits: {
        maxLeads: options.maxLeads ?? 400,
        maxCustomFields: options.maxCustomFields ?? 200,
        returnLeadIds: options.returnLeadIds ?? true,
      },
    }),
  );
  app.notFound(() => toResponse(refusals.routeMissing));
  app.onError((error) => toResponse(json(500, { message: `The sandbox failed: ${error.message}` })));
  return app;
}

/** Listens on this machine only, unless told otherwise. A port that is taken is a UsageError. */
export async function startSandbox(options: SandboxOptions = {}): Promise<RunningSandbox> {
  const { host = '127.0.0.1' } = options;
  const account = new SandboxAccount(options.accountFile ?? ':memory:');
  const app = buildSandbox({ ...options, account });
  const server = createServer(getRequestListener(app.fetch, { overrideGlobalObjects: false }));
  // longer than any client keeps an idle connection, so that no request meets a connection that is just being closed
  server.keepAliveTimeout = 120_000;

  const port = await new Promise<number>((resolve, reject) => {
    server.once('error', (error) => {
      account.close();
      reject(new UsageError(`the sandbox cannot listen: ${error.message}`, 'Choose another port, or 0 for a free one'));
    });
    server.listen(options.port ?? 0, host, () => {
      const address = server.address();
      resolve(typeof address === 'object' && address ? address.port : 0);
    });
  });

  let closed: Promise<void> | undefined;
  const close = () => {
    closed ??= new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    }).then(() => account.close());
    return closed;
  };
  return { url: `http://${host}:${port}${BASE_PATH}`, port, account, close };
}

function checkKey(key: string | undefined, acceptKey: BehaviourOptions['acceptKey']): Reply | undefined {
  if (!key) return refusals.keyMissing;
  if (key.startsWith('bad') || (acceptKey && !acceptKey(key))) return refusals.keyInvalid;
  return key.startsWith('noplan') ? refusals.noPlan : undefined;
}

async function parsedBody(c: Context): Promise<unknown> {
  if ((await c.req.text()) === '') return undefined;
  const body = await readBody(c);
  return 'value' in body ? body.value : undefined;
}
