import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createKey, startServe } from '../helpers/serve.js';
import { startTrial } from '../helpers/trial.js';
import { record } from './results.js';

const MINUTES = Number(process.env.SOAK_MINUTES ?? 60);
const SECRET = 'soak-secret-77';
const RULES = `smartlead: { webhook_secret_env: HOOK_SECRET, rate_limit: [{ requests: 100, per: 1s }] }
clay: { secret_env: CLAY_SECRET }
rules:
  - { persona: VP Sales, min_score: 50, target_campaign_id: "123456" }
  - { persona: Marketing Manager, target_campaign_id: "123457" }
`;
const hmac = (body: string) => createHmac('sha256', SECRET).update(body).digest('hex');

/** Megabytes that the process holds in memory. */
function residentMb(pid: number | undefined): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
}
const median = (values: number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

test('a service under mixed traffic does not grow', { timeout: (MINUTES + 2) * 60_000 }, async () => {
  const trial = await startTrial({
    rules: RULES,
    rateLimit: null,
    faults: ({ n }) => (n % 20 === 7 ? '500' : n % 50 === 11 ? 'reset-after' : undefined),
  });
  const { key } = await createKey(trial);
  const serving = await startServe(trial, { env: { HOOK_SECRET: SECRET, CLAY_SECRET: SECRET } });
  const own = { 'x-api-key': key };
  const ended = Date.now() + MINUTES * 60_000;
  const memory: number[] = [];
  let posts = 0;

  async function traffic(): Promise<void> {
    for (let n = 0; Date.now() < ended; n++) {
      const email = `lead${n % 20_000}@example${n % 7}.com`;
      const lead = { email, persona: n % 3 ? 'VP Sales' : 'Poet', lead_score: n % 100, first_name: `F${n}`, extra: n };
      const body = JSON.stringify({ 'Work Email': email, 'Job Title': 'Marketing Manager', Score: 70 });
      const event = JSON.stringify({ event_type: n % 9 ? 'EMAIL_REPLY' : 'EMAIL_BOUNCE', sl_lead_email: email, at: n });
      await serving.post('/api/ingest?wait=0', lead, own);
      await serving.post('/api/ingest/clay?wait=0', body, { 'x-clay-signature': hmac(body) });
      await serving.post('/api/webhooks/smartlead', event, { 'x-smartlead-signature': `sha256=${hmac(event)}` });
      await serving.post('/api/ingest', 'not json', own);
      if (n % 10 === 0) {
        await serving.post('/api/ingest?wait=1', [lead, { ...lead, email: `new${n}@example.com` }, { bad: 1 }], own);
        await serving.get('/healthz');
        await serving.get('/metrics');
      }
      posts += 4;
      await wait(40);
    }
  }
  async function watch(): Promise<void> {
    while (Date.now() < ended) {
      await wait(Math.min(15_000, (MINUTES * 60_000) / 40));
      memory.push(residentMb(serving.child.pid));
    }
  }
  await Promise.all([traffic(), traffic(), watch()]);
  const quarter = Math.floor(memory.length / 4);
  const [second, last] = [median(memory.slice(quarter, 2 * quarter)), median(memory.slice(-quarter))];
  const leads = trial.query<{ n: number }>('SELECT count(*) AS n FROM leads')[0]?.n ?? 0;
  expect((await serving.stop()).code).toBe(0);
  record('A service under mixed traffic', {
    minutes: MINUTES,
    requests: posts,
    leads,
    'memory, second quarter': `${second.toFixed(0)} MB`,
    'last quarter': `${last.toFixed(0)} MB`,
    most: `${Math.max(...memory).toFixed(0)} MB`,
  });
  expect(last).toBeLessThan(second * 1.2);
});
