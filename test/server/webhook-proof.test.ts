import { expect, test } from 'vitest';
import { startDoors, WEBHOOK_SECRET } from '../helpers/doors.js';
import { hits, PLANTED } from '../helpers/planted-key.js';

const PATH = '/api/webhooks/smartlead';
const UNSUB = { event_type: 'LEAD_UNSUBSCRIBED', sl_lead_email: 'jo@acme-tools.com' };
const PROVEN = { ...UNSUB, secret_key: WEBHOOK_SECRET };

test('the secret counts in the body, in what is opened, in a header and in the URL', async () => {
  const doors = await startDoors();
  const count = () => doors.trial.query('SELECT value FROM suppressions').length;
  const ways: Array<[string, unknown, Record<string, string>]> = [
    [PATH, PROVEN, {}],
    [PATH, { ...UNSUB, secretKey: WEBHOOK_SECRET }, {}],
    [PATH, { body: PROVEN }, {}],
    [PATH, { body: JSON.stringify(PROVEN) }, {}],
    [PATH, { secret_key: WEBHOOK_SECRET, data: UNSUB }, {}],
    [PATH, [{ json: { body: PROVEN } }], {}],
    [PATH, [UNSUB, PROVEN], {}],
    [PATH, UNSUB, { 'x-smartlead-secret': WEBHOOK_SECRET }],
    [`${PATH}?secret=${WEBHOOK_SECRET}`, { body: UNSUB }, {}],
  ];
  for (const [path, body, headers] of ways) {
    expect({ body, headers, status: (await doors.post(path, body, headers)).status }).toMatchObject({ status: 200 });
    expect(count()).toBe(1);
    doors.store.db.exec('DELETE FROM suppressions; DELETE FROM webhook_events');
  }
});

test('what proves nothing gets the same 401, whatever else is wrong with it', async () => {
  const doors = await startDoors();
  const ways: Array<[string, unknown, Record<string, string>]> = [
    [PATH, { body: UNSUB }, {}],
    [PATH, { body: { ...UNSUB, secret_key: `${WEBHOOK_SECRET}x` } }, {}],
    [PATH, { ...UNSUB, note: WEBHOOK_SECRET, secret: WEBHOOK_SECRET }, {}],
    [PATH, Array.from({ length: 2000 }, () => UNSUB), {}],
    [PATH, Object.fromEntries(Array.from({ length: 15_000 }, (_, n) => [`k${n}`, { a: 1 }])), {}],
    [PATH, '['.repeat(60_000), {}],
    [PATH, { body: '['.repeat(60_000) }, {}],
    [PATH, UNSUB, { 'x-smartlead-secret': 'wrong' }],
    [`${PATH}?secret=`, UNSUB, {}],
    [`${PATH}?secret=${WEBHOOK_SECRET}`, UNSUB, { 'x-smartlead-signature': 'sha256=00' }],
    [`${PATH}?orgId=nobody&secret=${WEBHOOK_SECRET}`, UNSUB, {}],
    [PATH, UNSUB, { 'content-encoding': 'gzip' }],
    [PATH, PROVEN, { 'x-smartlead-signature': 'sha256=00', 'content-encoding': 'gzip' }],
  ];
  const texts = new Set<string>();
  for (const [path, body, headers] of ways) {
    const answer = await doors.post(path, body, headers);
    expect(answer.status).toBe(401);
    texts.add(answer.text);
  }
  expect(texts.size).toBe(1);
  expect(doors.trial.query('SELECT 1 FROM webhook_events')).toEqual([]);
});

test('the secret is nowhere in the database or the log, wherever and however it stands in a forwarded body', async () => {
  const doors = await startDoors({ env: { SMARTLEAD_WEBHOOK_SECRET: PLANTED } });
  const encoded = [...PLANTED].map((one) => `%${one.charCodeAt(0).toString(16)}`).join('');
  const unicode = [...PLANTED].map((one) => `\\u00${one.charCodeAt(0).toString(16)}`).join('');
  const places = {
    headers: {
      authorization: `Bearer ${PLANTED}`,
      basic: `Basic ${Buffer.from(`user:${PLANTED}`).toString('base64')}`,
      [`x-${PLANTED}`.toLowerCase()]: '1',
    },
    url: `https://drason.example.com${PATH}?secret=${encodeURIComponent(PLANTED)}&x=1`,
    overEncoded: `https://drason.example.com/?s=${encoded}`,
    inJson: JSON.stringify({ deep: JSON.stringify({ secret_key: PLANTED, note: `is ${PLANTED}!` }) }),
    unicode: `{"note":"${unicode}"}`,
    brokenJson: `{"note":"${unicode}"`,
    hex: Buffer.from(PLANTED).toString('hex'),
    list: [[PLANTED, `a${PLANTED}b`]],
    [PLANTED]: 'a name',
    event_type: 'EMAIL_BOUNCE',
    campaign_name: PLANTED,
    sl_lead_email: `${PLANTED.replaceAll(/[^\w]/g, '')}@acme-tools.com`,
  };
  const kinds = [
    places,
    { ...places, event_type: `LEAD_UNSUBSCRIBED ${PLANTED}` },
    { secret_key: PLANTED, body: places },
  ];
  for (const body of kinds) {
    const answer = await doors.post(PATH, body, { 'x-smartlead-secret': PLANTED, 'x-request-id': `id ${PLANTED}` });
    expect(answer.status).toBe(200);
  }
  expect(doors.trial.query('SELECT 1 FROM webhook_events')).toHaveLength(3);
  const said = { code: 0, signal: null, stdout: doors.logged() + JSON.stringify(doors.lines), stderr: '' };
  expect(hits(doors.trial, [said])).toEqual([]);
  const bodies = JSON.stringify(doors.trial.query('SELECT * FROM webhook_events'));
  expect(bodies).toContain('&x=1');
  expect(bodies.toLowerCase()).not.toContain(PLANTED.toLowerCase());
  expect(bodies.toLowerCase()).not.toContain(encoded.toLowerCase());
  expect(bodies.toLowerCase()).not.toContain('u0070\\\\');
});

test('of a person who was erased nothing is stored, whatever the shape', async () => {
  const doors = await startDoors();
  await doors.ingest({ email: 'jo@acme-tools.com', persona: 'CTO', lead_score: 1 });
  expect((await doors.trial.run(['forget', 'jo@acme-tools.com', '--yes'])).code).toBe(0);
  const shapes = [
    UNSUB,
    { body: JSON.stringify(UNSUB) },
    { event_type: 'UNSUBSCRIBED', to: [{ name: 'Jo', email: 'JO@Acme-Tools.com' }] },
    { event_type: 'UNSUBSCRIBED', recipient: 'Jo <jo@acme-tools.com>' },
    { hello: 'world', unsubscribed: 'jo@acme-tools.com' },
  ];
  for (const shape of shapes) expect(await doors.event(shape)).toMatchObject({ status: 200 });
  expect(doors.trial.query('SELECT 1 FROM webhook_events')).toEqual([]);
  // somebody else's event that names them
  await doors.event([UNSUB, { event_type: 'EMAIL_BOUNCE', to: 'al@other-firm.com', cc: 'jo@acme-tools.com' }]);
  expect(doors.trial.query('SELECT value FROM suppressions')).toEqual([{ value: 'al@other-firm.com' }]);
  expect(hits(doors.trial, [], 'jo@acme-tools.com')).toEqual([]);
});
