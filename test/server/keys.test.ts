import { expect, test } from 'vitest';
import { Allowances } from '../../src/server/allowance.js';
import { listApiKeys, revokeApiKey } from '../../src/store/settings/api-keys.js';
import { startDoors } from '../helpers/doors.js';
import { hits } from '../helpers/planted-key.js';

const LEAD = { email: 'test@example.com', persona: 'VP Sales', lead_score: 85 };
const TWO_TENANTS = `organizations:
  acme: { rules: [{ persona: "*", target_campaign_id: "123456" }] }
  globex: { rules: [{ persona: "*", target_campaign_id: "123457" }] }
`;
const UNAUTHORIZED = {
  status: 401,
  body: { success: false, error: { code: 'UNAUTHORIZED', message: 'The credentials are missing or wrong.' } },
};

test("a key opens its organization, whatever else a request says, and nobody else's", async () => {
  const { trial, key, post } = await startDoors({ rules: TWO_TENANTS });
  const globex = { 'x-api-key': await key('globex'), 'x-organization-id': 'acme' };
  const lead = { ...LEAD, organization_id: 'acme', orgId: 'acme' };
  expect(await post('/api/ingest?orgId=acme', lead, globex)).toMatchObject({
    status: 200,
    body: { data: { status: 'ACTIVE', assignedCampaignId: '123457' } },
  });
  expect(trial.query('SELECT DISTINCT organization_id FROM leads')).toEqual([{ organization_id: 'globex' }]);
});

test('two organizations may have the same address: each its own lead', async () => {
  const { trial, key, post } = await startDoors({ rules: TWO_TENANTS });
  const [a, b] = await Promise.all(
    ['acme', 'globex'].map(async (name) => post('/api/ingest', LEAD, { 'x-api-key': await key(name) })),
  );
  expect(a?.body.data?.leadId).not.toBe(b?.body.data?.leadId);
  expect(trial.query('SELECT organization_id, email FROM leads ORDER BY 1')).toEqual([
    { organization_id: 'acme', email: LEAD.email },
    { organization_id: 'globex', email: LEAD.email },
  ]);
});

test('a key of an organization that this server does not serve opens nothing', async () => {
  const { key, post } = await startDoors({ rules: TWO_TENANTS });
  expect(await post('/api/ingest', LEAD, { 'x-api-key': await key('gone') })).toMatchObject(UNAUTHORIZED);
});

test('no key, a wrong one, half of one, a hash, two: the same 401, and nothing is stored', async () => {
  const { trial, key, post, store } = await startDoors();
  const real = await key();
  const hash = trial.query<{ hash: string }>('SELECT hash FROM api_keys')[0]?.hash ?? '';
  const [{ id = '' } = {}] = await listApiKeys(store, 'default');
  for (const wrong of [
    '',
    ' ',
    'x',
    real.slice(0, -1),
    `${real}x`,
    real.toUpperCase(),
    hash,
    id,
    `${real}, ${real}`,
    "' OR 1=1 --",
  ]) {
    expect(await post('/api/ingest', LEAD, { 'x-api-key': wrong })).toMatchObject(UNAUTHORIZED);
  }
  expect(await post('/api/ingest', LEAD)).toMatchObject(UNAUTHORIZED);
  expect(await post(`/api/ingest?api_key=${real}`, LEAD, { authorization: `Bearer ${real}` })).toMatchObject(
    UNAUTHORIZED,
  );
  expect(trial.query('SELECT 1 FROM leads')).toEqual([]);
  expect(await post('/api/ingest', LEAD, { 'x-api-key': ` ${real} ` })).toMatchObject({ status: 200 });
});

test('a revoked key opens nothing from that moment on; the other keys of the organization do', async () => {
  const { store, key, post } = await startDoors();
  const [first, second] = [await key(), await key()];
  expect(await post('/api/ingest?wait=0', LEAD, { 'x-api-key': first })).toMatchObject({ status: 200 });
  const [oldest] = await listApiKeys(store, 'default');
  expect(await revokeApiKey(store, 'other', oldest?.id ?? '')).toBe(false);
  expect(await revokeApiKey(store, 'default', oldest?.id ?? '')).toBe(true);
  expect(await post('/api/ingest?wait=0', LEAD, { 'x-api-key': first })).toMatchObject(UNAUTHORIZED);
  expect(await post('/api/ingest?wait=0', LEAD, { 'x-api-key': second })).toMatchObject({ status: 200 });
});

test('a key is kept as a hash, and neither stored nor logged', async () => {
  const { trial, key, post, logged } = await startDoors();
  const real = await key();
  await post('/api/ingest', LEAD, { 'x-api-key': real });
  await post('/api/ingest', 'no json', { 'x-api-key': real });
  expect(hits(trial, [{ code: 0, signal: null, stdout: logged(), stderr: '' }], real)).toEqual([]);
});

test('what a key may send is counted for each key: beyond it 429 with the seconds to wait', async () => {
  const { trial, key, post } = await startDoors({ allowance: { burst: 2, perSecond: 0.5 } });
  const [first, second] = [await key(), await key()];
  const send = (with_: string) => post('/api/ingest?wait=0', LEAD, { 'x-api-key': with_ });
  expect((await send(first)).status).toBe(200);
  expect((await send(first)).status).toBe(200);
  const refused = await send(first);
  expect(refused).toMatchObject({ status: 429, body: { success: false, error: { code: 'RATE_LIMITED' } } });
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
  expect((await send(second)).status).toBe(200);
  expect(trial.query('SELECT 1 FROM leads')).toHaveLength(1);
});

test('an allowance: so many at once, then so many a second; full ones are forgotten', () => {
  let now = 0;
  const allowances = new Allowances({ burst: 3, perSecond: 2 }, () => now);
  const taken = (n: number) => Array.from({ length: n }, () => allowances.take('a'));
  expect(taken(4)).toEqual([0, 0, 0, 1]);
  expect(allowances.take('b')).toBe(0);
  now += 500;
  expect(taken(2)).toEqual([0, 1]);
  now += 60_000;
  expect(taken(4)).toEqual([0, 0, 0, 1]);
});

test('the default allowance is a burst of 5,000 and then 500 a second', () => {
  let now = 0;
  const allowances = new Allowances({ burst: 5000, perSecond: 500 }, () => now);
  const passed = (n: number) => Array.from({ length: n }, () => allowances.take('a')).filter((wait) => wait === 0);
  expect(passed(6000)).toHaveLength(5000);
  now += 1000;
  expect(passed(6000)).toHaveLength(500);
});
