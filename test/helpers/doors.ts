import { createHmac } from 'node:crypto';
import { BlockList } from 'node:net';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { onTestFinished } from 'vitest';
import { z } from 'zod';
import { systemClock } from '../../src/clock.js';
import { loadRulesFile } from '../../src/config/load.js';
import type { AdminPages } from '../../src/server/admin-pages.js';
import { type Allowance, Allowances, DEFAULT_ALLOWANCE } from '../../src/server/allowance.js';
import { buildApp } from '../../src/server/app.js';
import type { App } from '../../src/server/doors.js';
import type { Engine, LogLine } from '../../src/server/engine.js';
import { makeEngine } from '../../src/server/make-engine.js';
import { RequestTimes } from '../../src/server/metrics.js';
import { OwnNames } from '../../src/server/own-names.js';
import { makeLog } from '../../src/server/service-log.js';
import type { StoreContext } from '../../src/store/engine/context.js';
import { closeStore, openStore, openStoreReadOnly } from '../../src/store/engine/open.js';
import { createApiKey, findApiKey } from '../../src/store/settings/api-keys.js';
import { startTrial, type Trial } from './trial.js';

export const CLAY_SECRET = 'clay-s3cret-9d1c7a';
export const WEBHOOK_SECRET = 'hook-s3cret-42b8f0';

/** rules.example.yaml's rules, with both signed doors open. */
export const RULES = `clay: { secret_env: CLAY_WEBHOOK_SECRET }
smartlead: { webhook_secret_env: SMARTLEAD_WEBHOOK_SECRET }
rules:
  - { persona: VP Sales, min_score: 80, target_campaign_id: "123456", priority: 100 }
  - { persona: VP Sales, min_score: 60, target_campaign_id: "123457", priority: 90 }
  - { persona: Marketing Manager, min_score: 70, target_campaign_id: "123458", priority: 80 }
`;

/** The hex HMAC-SHA256 that Clay and Smartlead sign with. */
export const sign = (secret: string, body: string | Buffer): string =>
  createHmac('sha256', secret).update(body).digest('hex');

const errorSchema = z.object({ code: z.string(), message: z.string() });
const replySchema = z.looseObject({
  success: z.boolean().optional(),
  message: z.string().optional(),
  leadId: z.string().optional(),
  status: z.string().optional(),
  holdReason: z.string().nullish(),
  pushedToSmartlead: z.boolean().optional(),
  error: errorSchema.optional(),
});
const bodySchema = z.looseObject({
  success: z.boolean().optional(),
  data: replySchema.extend({ results: z.array(replySchema).optional() }).optional(),
  error: errorSchema.optional(),
});

/** An answer of the doors; a body that is no JSON object counts as an empty one, and is still in `text`. */
export interface Answer {
  status: number;
  headers: Headers;
  body: z.infer<typeof bodySchema>;
  text: string;
}

/** The doors, built without listening, on a real engine, a real database and a real stand-in for Smartlead. */
export interface DoorTrial {
  trial: Trial;
  app: App;
  engine: Engine;
  store: StoreContext;
  /** What the engine and the doors logged. */
  lines: LogLine[];
  logged: () => string;
  /** A new key of an organization. */
  key(organization?: string): Promise<string>;
  /** Posts JSON (or text as it is). */
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Answer>;
  /** Posts to /api/ingest with the key of the trial. */
  ingest(body: unknown, query?: string): Promise<Answer>;
  /** Posts to /api/ingest/clay, signed. */
  clay(body: unknown, query?: string): Promise<Answer>;
  /** Posts an event of Smartlead, signed. */
  event(body: unknown, headers?: Record<string, string>): Promise<Answer>;
}

interface DoorOptions extends NonNullable<Parameters<typeof startTrial>[0]> {
  env?: NodeJS.ProcessEnv;
  /** Stands in for the pages of the administrator; there are none without. */
  pages?: AdminPages;
  allowance?: Allowance;
  /** False: nobody has set a key for Smartlead. */
  smartleadKey?: string | false;
}

const textOf = (body: unknown): string | Buffer =>
  typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);

export async function answerOf(response: Response): Promise<Answer> {
  const text = await response.text();
  const body = bodySchema.parse(text.startsWith('{') ? JSON.parse(text) : {});
  return { status: response.status, headers: response.headers, body, text };
}

/** Starts the doors; everything ends with the test. */
export async function startDoors(options: DoorOptions = {}): Promise<DoorTrial> {
  const { env, allowance, pages, smartleadKey = 'trial-key-5f2a', ...trialOptions } = options;
  const trial = await startTrial({ rules: RULES, rateLimit: null, ...trialOptions });
  const databasePath = join(trial.dir, 'trial.db');
  const organizations = [...loadRulesFile(join(trial.dir, 'rules.yaml')).organizations.values()];
  const lines: LogLine[] = [];
  const engine = await makeEngine(
    {
      databasePath,
      kind: 'live',
      organizations,
      ...(smartleadKey === false ? {} : { sandbox: { url: trial.sandbox.url, key: smartleadKey } }),
    },
    (line) => lines.push(line),
  );
  const store = await openStore(databasePath, 'live', systemClock, false);
  const readStore = await openStoreReadOnly(databasePath, 'live', systemClock);
  onTestFinished(async () => {
    await engine.stop();
    closeStore(readStore);
    closeStore(store);
  });
  let log = '';
  const out = new Writable({
    write(chunk, _encoding, done) {
      log += chunk;
      done();
    },
  });
  const app = buildApp({
    engine,
    ...(pages ? { pages } : {}),
    organizations: new Map(organizations.map((config) => [config.organization, config])),
    findKey: (presented) => findApiKey(readStore, presented),
    allowances: new Allowances(allowance ?? DEFAULT_ALLOWANCE, systemClock.steady),
    env: env ?? { CLAY_WEBHOOK_SECRET: CLAY_SECRET, SMARTLEAD_WEBHOOK_SECRET: WEBHOOK_SECRET },
    clock: systemClock,
    log: makeLog(out, true),
    times: new RequestTimes(),
    names: new OwnNames([], '127.0.0.1'),
    trustedProxies: new BlockList(),
    draining: () => false,
  });
  let own: Promise<string> | undefined;

  const doors: DoorTrial = {
    trial,
    app,
    engine,
    store,
    lines,
    logged: () => log,
    key: async (organization = organizations[0]?.organization ?? '') =>
      (await createApiKey(store, organization, '')).key,
    async post(path, body, headers = {}) {
      const init = { method: 'POST', headers: { 'content-type': 'application/json', ...headers } };
      return answerOf(await app.request(path, { ...init, body: textOf(body) }, {}));
    },
    async ingest(body, query = '') {
      own ??= doors.key();
      return doors.post(`/api/ingest${query}`, body, { 'x-api-key': await own });
    },
    clay: (body, query = '') =>
      doors.post(`/api/ingest/clay${query}`, body, { 'x-clay-signature': sign(CLAY_SECRET, textOf(body)) }),
    event: (body, headers = {}) =>
      doors.post('/api/webhooks/smartlead', body, {
        'x-smartlead-signature': `sha256=${sign(WEBHOOK_SECRET, textOf(body))}`,
        ...headers,
      }),
  };
  return doors;
}
