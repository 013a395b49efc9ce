import { request } from 'node:http';
import { describe, expect, it } from 'vitest';
import { SandboxAccount } from '../../src/sandbox/account.js';
import { buildSandbox, type RequestRecord, startSandbox } from '../../src/sandbox/server.js';
import { CAMPAIGN, get, KEY, open, post } from './helper.js';

describe('keys', () => {
  it.each([
    ['bad-key', 401, 'Invalid API Key'],
    ['refused', 401, 'Invalid API Key'],
    ['noplan-key', 403, '{"message":"Your current plan does not include API access."}'],
  ])('%s is refused', async (key, status, body) => {
    const sandbox = await open({ acceptKey: (candidate) => candidate !== 'refused' });
    const answer = await post(sandbox, { lead_list: [{ email: 'a@x.com' }] }, { key });
    expect([answer.status, answer.text]).toEqual([status, body]);
    expect(sandbox.account.memberships()).toEqual([]);
  });

  it('must be there', async () => {
    const answer = await get(await open(), '/campaigns/', '');
    expect([answer.status, answer.text]).toEqual([401, '{"message":"API key is required."}']);
  });
});

describe('the server', () => {
  it('answers JSON, and 404 for what it does not know', async () => {
    const sandbox = await open();
    const known = await get(sandbox, '/campaigns');
    expect(known.headers.get('content-type')).toContain('application/json');
    expect((await get(sandbox, '/nothing')).status).toBe(404);
  });

  it('tells of each request, the key apart', async () => {
    const records: RequestRecord[] = [];
    const sandbox = await open({ onRequest: (record) => records.push(record) });
    const before = performance.now();
    await get(sandbox, '/leads/?email=a@x.com');
    await post(sandbox, '{"broken');
    expect(records).toEqual([
      {
        at: expect.any(Number),
        method: 'GET',
        path: '/api/v1/leads',
        query: { email: 'a@x.com' },
        key: KEY,
        body: undefined,
        status: 200,
        fault: undefined,
      },
      expect.objectContaining({ method: 'POST', query: {}, body: undefined, status: 400 }),
    ]);
    expect(records[0]?.at).toBeGreaterThan(before);
  });

  it('takes its time when told to', async () => {
    const sandbox = await open({ latencyMs: 150 });
    const started = performance.now();
    await get(sandbox, '/campaigns');
    expect(performance.now() - started).toBeGreaterThan(140);
  });

  it('closes at once, with a request that hangs and a connection kept alive', async () => {
    const sandbox = await startSandbox({ faults: ({ n }) => (n === 1 ? 'hang' : undefined) });
    await get(sandbox, '/campaigns');
    const hanging = get(sandbox, '/campaigns').catch((error: unknown) => error);
    const halfSent = request(`${sandbox.url}/campaigns/1/leads?api_key=k`, { method: 'POST' });
    halfSent.on('error', () => {});
    halfSent.write('{"lead_');
    await new Promise((resolve) => setTimeout(resolve, 50));
    const started = performance.now();
    await sandbox.close();
    await sandbox.close();
    expect(performance.now() - started).toBeLessThan(500);
    expect(await hanging).toBeInstanceOf(TypeError);
  });

  it('says so when its port is taken', async () => {
    const { port } = await open();
    await expect(startSandbox({ port })).rejects.toMatchObject({ exitCode: 2, message: /EADDRINUSE/ });
  });

  it('is built apart from listening', async () => {
    const account = new SandboxAccount(':memory:');
    account.ensureCampaigns([CAMPAIGN]);
    const app = buildSandbox({ account });
    const response = await app.request(`/api/v1/campaigns/${CAMPAIGN}?api_key=k`);
    expect(await response.json()).toMatchObject({ id: 123456 });
    account.close();
  });
});
