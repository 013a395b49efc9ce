/** What befalls the thread of the pages stays there: leads are taken meanwhile, and the pages come back. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startAdmin } from '../helpers/admin.js';
import { startDoors } from '../helpers/doors.js';
import { createKey, startServe } from '../helpers/serve.js';
import { startTrial } from '../helpers/trial.js';

const RULES = 'rules: [{ persona: "*", target_campaign_id: "123456" }]\n';
const LEAD = { email: 'a@example.com', persona: 'VP Sales', lead_score: 85 };

/** Loaded into every thread: an address of the pages ends their thread, as running out of memory does. */
const DEATH = `import { isMainThread } from 'node:worker_threads';
const own = globalThis.Request;
if (!isMainThread) globalThis.Request = class extends own {
  constructor(input, init) { if (String(input).includes('/admin/die')) process.exit(5); super(input, init); }
};`;

test('a thread of the pages that dies is started again, and never takes ingest along', async () => {
  const trial = await startTrial({ rules: RULES });
  const { key } = await createKey(trial);
  const serving = await startServe(trial, {
    env: { NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(DEATH)}` },
  });
  expect((await serving.get('/admin/login')).status).toBe(200);
  for (let times = 0; times < 2; times++) {
    expect((await serving.get('/admin/die')).status).toBe(503);
    expect((await serving.post('/api/ingest?wait=0', LEAD, { 'x-api-key': key })).status).toBe(200);
    expect((await serving.get('/admin/login')).status).toBe(200);
  }
  expect(serving.stdout()).toContain('the thread of the admin pages ended with code 5');
  expect((await serving.get('/readyz')).status).toBe(200);
});

test('what lies in the folder of rejected rows, or of uploads, and is no file of ours ends nothing', async () => {
  const trial = await startTrial({ rules: RULES });
  for (const folder of ['trial.db.rejects/old.csv', 'trial.db.uploads/mine']) {
    mkdirSync(join(trial.dir, folder), { recursive: true });
    writeFileSync(join(trial.dir, folder, 'kept.txt'), 'mine');
  }
  const admin = await startAdmin(trial);
  expect((await admin.get('/admin/o/default/runs')).status).toBe(200);
  expect(admin.serving.stdout()).not.toMatch(/"level":"(error|fatal)"/);
});

test('a form is bounded by what it says, by what comes, and in its fields, before the pages hear of it', async () => {
  let heard = 0;
  const pages = { answer: async () => new Response(String(++heard)), stop: async () => {} };
  const { app } = await startDoors({ pages });
  const post = async (path: string, body: string, more: Record<string, string> = {}) => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded', ...more };
    return (await app.request(path, { method: 'POST', headers, body }, {})).status;
  };
  const said = { 'content-length': '20000000' };
  const fields = (count: number) => Array.from({ length: count }, (_, n) => `${n % 10}=`).join('&');
  const suppressions = '/admin/o/default/suppressions';
  expect(await post('/admin/login', 'a', said)).toBe(413);
  expect(await post('/admin/login', 'a'.repeat(16 * 1024 + 1))).toBe(413);
  expect(await post(suppressions, 'a', said)).toBe(413);
  expect(await post(suppressions, 'a'.repeat(1024 * 1024 + 1))).toBe(413);
  expect(await post(suppressions, fields(5001))).toBe(413);
  expect(await post('/admin/login', '{}', { 'content-type': 'application/json' })).toBe(415);
  expect(await post('/admin/login', 'a', { 'content-encoding': 'gzip' })).toBe(415);
  expect(heard).toBe(0);
  expect(await post('/admin/login', fields(100))).toBe(200);
  expect(await post(suppressions, fields(5000))).toBe(200);
});
