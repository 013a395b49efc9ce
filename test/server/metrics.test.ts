import { expect, test } from 'vitest';
import { startDoors } from '../helpers/doors.js';

const LEAD = { email: 'test@example.com', persona: 'VP Sales', lead_score: 85 };
const local = { incoming: { socket: { remoteAddress: '127.0.0.1' } } };

test('this machine sees every number; leads, pushes, queue, limiter and latency are among them', async () => {
  const { app, ingest } = await startDoors();
  await ingest(LEAD);
  await ingest({ ...LEAD, email: 'nobody@example.com', persona: 'Poet' });
  const response = await app.request('/metrics', {}, local);
  const text = await response.text();
  expect([response.status, response.headers.get('content-type')]).toEqual([
    200,
    'text/plain; version=0.0.4; charset=utf-8',
  ]);
  for (const line of [
    'drason_leads{organization="default",status="ACTIVE",reason=""} 1',
    'drason_leads{organization="default",status="HELD",reason="no_route"} 1',
    'drason_pushes_proven{organization="default"} 1',
    'drason_pushes_failed{organization="default"} 0',
    'drason_queue_leads{organization="default"} 0',
    'drason_limit{organization="default",window="2s"} 10',
    'drason_http_request_seconds_count{method="POST",route="/api/ingest",status="200"} 2',
  ]) {
    expect(text).toContain(line);
  }
  expect(text).toMatch(/^drason_push_seconds\{organization="default"\} \d/m);
  expect(text).not.toContain('test@example.com');
});

test('anyone else needs a key, and sees the numbers of its organization only', async () => {
  const { app, key } = await startDoors();
  const proxied = { headers: { 'x-forwarded-for': '203.0.113.9' } };
  expect((await app.request('/metrics', proxied, local)).status).toBe(401);
  expect((await app.request('/metrics', {}, { incoming: { socket: { remoteAddress: '203.0.113.9' } } })).status).toBe(
    401,
  );
  expect((await app.request('/metrics', {}, {})).status).toBe(401);
  const headers = { ...proxied.headers, 'x-api-key': await key() };
  const text = await (await app.request('/metrics', { headers }, local)).text();
  expect(text).toContain('drason_queue_leads{organization="default"} 0');
  expect(text).not.toContain('drason_http_request_seconds');
});
