import { readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { parseFaults } from '../../src/sandbox/faults.js';
import { CLAY_SECRET, RULES, sign, WEBHOOK_SECRET } from '../helpers/doors.js';
import { createKey, type Serving, startServe } from '../helpers/serve.js';
import { manyLeads, startTrial } from '../helpers/trial.js';
import { record } from './results.js';

const MINUTES = Number(process.env.SOAK_MINUTES ?? 60);
const SAMPLE_EVERY_MS = 2000;
const PAUSE_MS = 40;

/** What the process has in memory now, megabytes. */
const rss = ({ child }: Serving): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1]) / 1024;

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** One request of the mixture, the n-th: everything that clients send, good and bad. */
function mixed(serving: Serving, key: string, n: number): Promise<unknown> {
  const lead = (name: string) => ({ email: `${name}@example.com`, persona: 'VP Sales', lead_score: 50 + (n % 50) });
  const signed = { 'x-api-key': key };
  switch (n % 12) {
    case 0:
      return serving.post(
        '/api/ingest?wait=0',
        Array.from({ length: 50 }, (_, i) => lead(`many${n}-${i}`)),
        signed,
      );
    case 1: {
      const body = JSON.stringify({
        'Work Email': `clay${n}@example.com`,
        'Job Title': 'Marketing Manager',
        Score: 75,
      });
      return serving.post('/api/ingest/clay?wait=0', body, { 'x-clay-signature': sign(CLAY_SECRET, body) });
    }
    case 2: {
      const event = { event_type: n % 24 === 2 ? 'EMAIL_BOUNCE' : 'EMAIL_REPLY', to_email: `one${n - 8}@example.com` };
      return serving.post('/api/webhooks/smartlead', { ...event, at: n, secret_key: WEBHOOK_SECRET });
    }
    case 3:
      return serving.post('/api/ingest', { email: 'x' }, signed);
    case 4:
      return serving.post('/api/ingest', lead('stranger'), { 'x-api-key': `drason_${n}` });
    case 5:
      return serving.post('/api/ingest', `{"x":"${'a'.repeat(6 * 1024 * 1024)}"}`, signed);
    case 6:
      return serving.post('/api/ingest?wait=0', { ...lead(`wide${n}`), [`field${n}`]: n }, signed);
    case 7:
      return serving.get(n % 24 === 7 ? '/readyz' : '/openapi.json');
    case 8:
      return serving.post('/api/ingest?wait=30', lead(`slow${n}`), signed);
    case 9:
      return serving.post('/api/ingest?wait=1', lead(`again${n % 500}`), signed);
    default:
      return serving.post('/api/ingest', lead(`one${n}`), signed);
  }
}

test(
  `${MINUTES} minutes of mixed traffic, and runs beside it: the memory of the service does not grow`,
  async () => {
    const trial = await startTrial({
      ...parseFaults('500=1%,reset-after=1%,empty=1%'),
      rules: RULES.replace('smartlead: {', 'smartlead: { rate_limit: [{ requests: 20, per: 1s }],'),
      rateLimit: { requests: 20, windowMs: 1000 },
    });
    const { key } = await createKey(trial);
    const env = { CLAY_WEBHOOK_SECRET: CLAY_SECRET, SMARTLEAD_WEBHOOK_SECRET: WEBHOOK_SECRET };
    const serving = await startServe(trial, { env });
    serving.keepNoLog();
    const samples: number[] = [];
    const open = new Set<Promise<unknown>>();
    const ends = performance.now() + MINUTES * 60_000;
    let sent = 0;
    let failed = 0;

    const beside = (async () => {
      for (let n = 0; performance.now() < ends; n++) {
        trial.write('beside.csv', manyLeads(500, 'VP Sales', 85, `file${n}-`));
        await trial.run(['ingest', 'beside.csv', '--quiet', '--max-wait', '5s']);
        await wait(10_000);
      }
    })();
    const sampling = (async () => {
      while (performance.now() < ends) {
        await wait(SAMPLE_EVERY_MS);
        samples.push(rss(serving));
      }
    })();
    while (performance.now() < ends) {
      const answer = mixed(serving, key, sent++)
        .catch(() => failed++)
        .finally(() => open.delete(answer));
      open.add(answer);
      trial.requests.length = 0;
      await wait(PAUSE_MS);
    }
    await Promise.all([beside, sampling, ...open]);

    const third = Math.floor(samples.length / 3);
    // the first tenth belongs to the start: code is compiled, caches are filled
    const start = mean(samples.slice(Math.floor(samples.length / 10), third));
    const middle = mean(samples.slice(third, 2 * third));
    const end = mean(samples.slice(2 * third));
    const [{ n: leads } = { n: 0 }] = trial.query<{ n: number }>('SELECT count(*) AS n FROM leads');
    record(`serve under mixed traffic for ${MINUTES} minutes`, {
      requests: sent,
      unanswered: failed,
      leads,
      'rss start': `${Math.round(start)} MB`,
      middle: `${Math.round(middle)} MB`,
      end: `${Math.round(end)} MB`,
      most: `${Math.round(Math.max(...samples))} MB`,
    });
    expect(failed).toBe(0);
    expect(end).toBeLessThan(middle * 1.1);
    expect(await serving.stop()).toEqual({ code: 0, signal: null });
  },
  (MINUTES + 5) * 60_000,
);
