import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { RULES } from '../helpers/doors.js';
import { until } from '../helpers/faults.js';
import { createKey, startServe } from '../helpers/serve.js';
import { startTrial } from '../helpers/trial.js';

const LEAD = { email: 'test@example.com', persona: 'VP Sales', lead_score: 85 };

test.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
  'stopped by %s it exits 0, at once when nothing is under way',
  async (signal) => {
    const trial = await startTrial({ rules: RULES });
    const serving = await startServe(trial);
    expect(await serving.get('/healthz')).toMatchObject({ status: 200 });
    expect(await serving.stop(signal)).toEqual({ code: 0, signal: null });
    expect(trial.query('SELECT command, exit_code FROM runs')).toEqual([{ command: 'serve', exit_code: 0 }]);
  },
);

test('a post that waits for its push when the signal comes is answered, what is in flight is settled, and the exit is 0', async () => {
  const trial = await startTrial({ rules: RULES, latencyMs: 1500 });
  const { key } = await createKey(trial);
  const serving = await startServe(trial);
  const pushed = serving.post('/api/ingest', LEAD, { 'x-api-key': key });
  expect(await until(() => trial.query('SELECT 1 FROM leads WHERE attempt_id IS NOT NULL').length === 1)).toBe(true);
  const waiting = serving.post('/api/ingest?wait=60', { ...LEAD, email: 'b@example.com' }, { 'x-api-key': key });
  expect(await until(() => trial.query('SELECT 1 FROM leads').length === 2)).toBe(true);
  const ended = serving.stop();
  expect(await pushed).toMatchObject({ status: 200, body: { data: { status: 'ACTIVE' } } });
  expect(await waiting).toMatchObject({
    status: 200,
    body: { data: { message: 'Lead ingested (push pending)', status: 'HELD', holdReason: 'queued' } },
  });
  expect(await ended).toEqual({ code: 0, signal: null });
  expect(trial.states()).toEqual({ ACTIVE: 1, 'HELD queued': 1 });
});

test('neither a silent connection nor one that never ends its request keeps it from stopping', async () => {
  const trial = await startTrial({ rules: RULES });
  const { key } = await createKey(trial);
  const serving = await startServe(trial);
  const silent = connect(serving.port, '127.0.0.1');
  const dribbling = connect(serving.port, '127.0.0.1');
  for (const socket of [silent, dribbling]) socket.on('error', () => undefined);
  await Promise.all([once(silent, 'connect'), once(dribbling, 'connect')]);
  dribbling.write(`POST /api/ingest HTTP/1.1\r\nhost: x\r\nx-api-key: ${key}\r\ncontent-length: 5000\r\n\r\n{"email":`);
  await wait(300);
  const began = performance.now();
  expect(await serving.stop()).toEqual({ code: 0, signal: null });
  expect(performance.now() - began).toBeLessThan(10_000);
});

test('a post that was sent behind another one on a connection that has gone keeps nothing from stopping', async () => {
  const trial = await startTrial({ rules: RULES, latencyMs: 1500 });
  const { key } = await createKey(trial);
  const serving = await startServe(trial);
  const gone = connect(serving.port, '127.0.0.1');
  await once(gone, 'connect');
  const bodies = ['a@example.com', 'b@example.com'].map((email) => JSON.stringify({ ...LEAD, email }));
  const head = `POST /api/ingest HTTP/1.1\r\nhost: x\r\nx-api-key: ${key}\r\n`;
  gone.write(bodies.map((body) => `${head}content-length: ${body.length}\r\n\r\n${body}`).join(''));
  expect(await until(() => trial.query('SELECT 1 FROM leads').length === 2)).toBe(true);
  gone.destroy();
  expect(await until(() => trial.query("SELECT 1 FROM leads WHERE status = 'ACTIVE'").length === 2)).toBe(true);
  const began = performance.now();
  expect(await serving.stop()).toEqual({ code: 0, signal: null });
  // Who waits for the last answers is given five seconds.
  expect(performance.now() - began).toBeLessThan(4000);
});

test('a body that ends when the server is about to stop is refused, not lost', async () => {
  const trial = await startTrial({ rules: RULES, latencyMs: 1500 });
  const { key } = await createKey(trial);
  const serving = await startServe(trial);
  const pushed = serving.post('/api/ingest', LEAD, { 'x-api-key': key });
  expect(await until(() => trial.query('SELECT 1 FROM leads WHERE attempt_id IS NOT NULL').length === 1)).toBe(true);
  const late = connect(serving.port, '127.0.0.1');
  await once(late, 'connect');
  const body = JSON.stringify({ ...LEAD, email: 'late@example.com' });
  late.write(`POST /api/ingest HTTP/1.1\r\nhost: x\r\nx-api-key: ${key}\r\ncontent-length: ${body.length}\r\n\r\n`);
  await wait(300);
  const ended = serving.stop();
  await wait(300);
  late.write(body);
  const [answer] = await once(late, 'data');
  expect(String(answer)).toMatch(/^HTTP\/1\.1 503 /);
  expect(String(answer)).toMatch(/retry-after: 5/);
  expect(await ended).toEqual({ code: 0, signal: null });
  await pushed;
  expect(trial.query('SELECT email FROM leads')).toEqual([{ email: LEAD.email }]);
});
