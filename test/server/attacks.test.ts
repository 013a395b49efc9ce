import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isDeeperThan } from '../../src/server/json-depth.js';
import { CLAY_SECRET, startDoors, WEBHOOK_SECRET } from '../helpers/doors.js';

const LEAD = { email: 'test@example.com', persona: 'VP Sales', lead_score: 85 };
const TOO_LARGE = { status: 413, body: { success: false, error: { code: 'TOO_LARGE' } } };
const TOO_DEEP = { status: 400, body: { success: false, error: { code: 'TOO_DEEP' } } };

/** A lead as JSON text with further fields, given as text. */
const leadText = (more: string) => `${JSON.stringify(LEAD).slice(0, -1)},${more}}`;

test('a body may have 5 MB, and not a byte more, whether or not it says its length', async () => {
  const { app, key, trial } = await startDoors();
  const headers = { 'x-api-key': await key() };
  const filled = (bytes: number) => leadText(`"x":"${'a'.repeat(bytes - leadText('"x":""').length)}"`);
  const send = (body: string, more = {}) =>
    app.request('/api/ingest?wait=0', { method: 'POST', body, headers: { ...headers, ...more } }, {});
  expect((await send(filled(5 * 1024 * 1024))).status).toBe(200);
  expect((await send(filled(5 * 1024 * 1024 + 1))).status).toBe(413);
  expect((await send('{}', { 'content-length': String(10 * 1024 * 1024) })).status).toBe(413);
  expect(trial.query('SELECT 1 FROM leads')).toHaveLength(1);
});

test('10 MB are refused', async () => {
  const { ingest, clay, event } = await startDoors();
  const body = leadText(`"x":"${'a'.repeat(10 * 1024 * 1024)}"`);
  for (const send of [ingest, clay, event]) expect(await send(body)).toMatchObject(TOO_LARGE);
});

test('strangers who send bodies and never end them fill no memory and keep nobody out', async () => {
  const { app, ingest, event, post } = await startDoors();
  const opened: Array<ReadableStreamDefaultController<Uint8Array>> = [];
  const stalling = () =>
    new ReadableStream<Uint8Array>({
      start(controller) {
        opened.push(controller);
        controller.enqueue(new Uint8Array(255 * 1024));
      },
    });
  const answers = Array.from({ length: 100 }, () =>
    app.request('/api/webhooks/smartlead', { method: 'POST', body: stalling(), duplex: 'half' }, {}),
  );
  const refused = await Promise.race(answers);
  expect(refused.status).toBe(503);
  expect(refused.headers.get('retry-after')).toBe('5');
  expect(await ingest(LEAD)).toMatchObject({ status: 200 });
  // who is honest takes the place of one of them
  expect(await event({ event_type: 'EMAIL_REPLY', to: LEAD.email })).toMatchObject({ status: 200 });
  const body = { event_type: 'EMAIL_BOUNCE', to: LEAD.email, secret_key: WEBHOOK_SECRET };
  expect(await post('/api/webhooks/smartlead', body)).toMatchObject({ status: 200 });
  for (const controller of opened) controller.error(new Error('gone'));
  const statuses = (await Promise.all(answers)).map(({ status }) => status);
  expect(statuses.filter((status) => status === 400)).toHaveLength(64);
  expect(statuses.filter((status) => status === 503)).toHaveLength(36);
});

test('what must be read before it is known who sends it may have 256 KB; a secret in a header or the URL lets 5 MB in', async () => {
  const { clay, event, post } = await startDoors();
  const body = leadText(`"x":"${'a'.repeat(300 * 1024)}"`);
  for (const send of [clay, event]) expect(await send(body)).toMatchObject(TOO_LARGE);
  expect(await post('/api/webhooks/smartlead', body)).toMatchObject(TOO_LARGE);
  expect(await post('/api/ingest/clay', body, { 'x-clay-secret': 'nope' })).toMatchObject({ status: 401 });
  expect(await post('/api/ingest/clay?wait=0', body, { 'x-clay-secret': CLAY_SECRET })).toMatchObject({ status: 200 });
  const proven = { 'x-smartlead-secret': WEBHOOK_SECRET };
  expect(await post('/api/webhooks/smartlead', body, proven)).toMatchObject({ status: 200 });
  expect(await post(`/api/webhooks/smartlead?secret=${WEBHOOK_SECRET}`, body)).toMatchObject({ status: 200 });
});

test('what one key has under way is bounded; another key is served meanwhile', async () => {
  const { app, key, post } = await startDoors();
  const own = await key();
  const opened: Array<ReadableStreamDefaultController<Uint8Array>> = [];
  const stalling = () =>
    new ReadableStream<Uint8Array>({
      start(controller) {
        opened.push(controller);
        controller.enqueue(new Uint8Array(4 * 1024 * 1024));
      },
    });
  const init = () => ({ method: 'POST', headers: { 'x-api-key': own }, body: stalling(), duplex: 'half' }) as const;
  const answers = Array.from({ length: 20 }, () => app.request('/api/ingest', init(), {}));
  expect((await Promise.race(answers)).status).toBe(503);
  expect(await post('/api/ingest', LEAD, { 'x-api-key': await key() })).toMatchObject({ status: 200 });
  for (const controller of opened) controller.error(new Error('gone'));
  const statuses = (await Promise.all(answers)).map(({ status }) => status);
  expect(statuses.filter((status) => status === 503)).toHaveLength(4);
  // what is answered counts no more
  expect(await post('/api/ingest', LEAD, { 'x-api-key': own })).toMatchObject({ status: 200 });
});

test.each([
  ['arrays', `"x":${'['.repeat(40)}${']'.repeat(40)}`],
  ['objects', `"x":${'{"a":'.repeat(40)}1${'}'.repeat(40)}`],
  ['a hundred thousand levels', `"x":${'['.repeat(100_000)}${']'.repeat(100_000)}`],
  ['levels that never end', `"x":${'[{"a":'.repeat(40_000)}`],
])('a body deeper than 32 levels is refused before it is parsed: %s', async (_name, more) => {
  const { ingest, clay, event } = await startDoors();
  for (const send of [ingest, clay, event]) expect(await send(leadText(more))).toMatchObject(TOO_DEEP);
});

test('32 levels are let in, and brackets in a text are no levels', async () => {
  const { ingest } = await startDoors();
  // the object itself is the first level
  expect(await ingest(leadText(`"x":${'['.repeat(31)}${']'.repeat(31)}`), '?wait=0')).toMatchObject({ status: 200 });
  expect(await ingest(leadText(`"x":${'['.repeat(32)}${']'.repeat(32)}`), '?wait=0')).toMatchObject(TOO_DEEP);
  expect(await ingest(leadText(`"x":"\\"${'['.repeat(99)}\\\\"`), '?wait=0')).toMatchObject({ status: 200 });
});

test('the depth of any JSON is counted right', () => {
  const depthOf = (value: unknown): number =>
    typeof value === 'object' && value !== null
      ? 1 + Math.max(0, ...Object.values(value).map((inner) => depthOf(inner)))
      : 0;
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 8, stringUnit: 'grapheme-composite' }), (value) => {
      const text = JSON.stringify(value, null, 1);
      const depth = depthOf(value);
      expect(isDeeperThan(text, depth)).toBe(false);
      if (depth > 0) expect(isDeeperThan(text, depth - 1)).toBe(true);
    }),
  );
});

test('names that objects have by birth are ordinary fields here', async () => {
  const { trial, ingest } = await startDoors();
  const more =
    '"__proto__":{"lead_score":1,"polluted":"yes"},"constructor":{"prototype":{"polluted":"yes"}},"toString":"x"';
  expect(await ingest(leadText(more))).toMatchObject({ status: 200, body: { data: { status: 'ACTIVE' } } });
  expect(Object.getOwnPropertyNames(Object.prototype)).not.toContain('polluted');
  expect(trial.query('SELECT lead_score FROM leads')).toEqual([{ lead_score: 85 }]);
  const [{ custom_fields } = { custom_fields: '{}' }] = trial.query<{ custom_fields: string }>(
    'SELECT custom_fields FROM leads',
  );
  expect(Object.keys(JSON.parse(custom_fields)).sort()).toEqual(['__proto__', 'constructor', 'toString']);
});

test('required fields that only a prototype would have are missing', async () => {
  const { ingest } = await startDoors();
  const body = `{"__proto__":${JSON.stringify(LEAD)}}`;
  expect(await ingest(body)).toMatchObject({
    status: 400,
    body: { error: { message: 'required and missing: email, persona, lead_score' } },
  });
});

test('of duplicate keys the last counts, for the check as for the lead', async () => {
  const { trial, ingest } = await startDoors();
  const body =
    '{"email":"a@example.com","persona":"CTO","lead_score":1,"email":"b@example.com","persona":"VP Sales","lead_score":85}';
  expect(await ingest(body)).toMatchObject({ body: { data: { status: 'ACTIVE' } } });
  expect(trial.query('SELECT email, persona, lead_score FROM leads')).toEqual([
    { email: 'b@example.com', persona: 'VP Sales', lead_score: 85 },
  ]);
  expect(await ingest('{"email":"a@example.com","persona":"X","lead_score":1,"lead_score":"many"}')).toMatchObject({
    status: 400,
  });
});

test.each([
  ['"first_name":"a\\u0000b"', 'a NUL character in "first_name"'],
  ['"first_name":"\\ud83d"', 'not valid UTF-8 in "first_name"'],
  ['"a\\u0000b":"x"', 'a NUL character in the field name'],
  ['"\\udc00":"x"', 'not valid UTF-8 in the field name'],
])('text that a database would not give back as it was is a 400: %s', async (more, message) => {
  const { trial, ingest } = await startDoors();
  const { status, body } = await ingest(leadText(more));
  expect(status).toBe(400);
  expect(body.error?.message).toContain(message);
  expect(trial.query('SELECT 1 FROM leads')).toEqual([]);
});

test('10,000 field names are refused, and 200 tables of different ones are all read', async () => {
  const { ingest } = await startDoors();
  const many = Array.from({ length: 10_000 }, (_, n) => `"field${n}":${n}`).join();
  expect(await ingest(leadText(many))).toMatchObject({
    status: 400,
    body: { error: { message: expect.stringContaining('more than 2000 different field names') } },
  });
  for (let n = 0; n < 300; n++) {
    expect((await ingest(leadText(`"f${n}":1`), '?wait=0')).status).toBe(200);
  }
});

test('tables whose names run together are told apart', async () => {
  const { trial, ingest } = await startDoors();
  await ingest({ 'email\npersona': 1, ...LEAD, email: 'a@example.com' }, '?wait=0');
  await ingest({ ...LEAD, email: 'b@example.com', Email: 'c@example.com' }, '?wait=0');
  await ingest('{"email\\npersona\\nlead_score":1}');
  expect(await ingest({ ...LEAD, email: 'd@example.com' }, '?wait=0')).toMatchObject({ status: 200 });
  expect(trial.query('SELECT email FROM leads ORDER BY email')).toEqual([
    { email: 'a@example.com' },
    { email: 'b@example.com' },
    { email: 'd@example.com' },
  ]);
});

test('a number that JavaScript cannot hold stays the text it was', async () => {
  const { trial, ingest } = await startDoors();
  const more = '"id":90071992547409931234,"tiny":1e-999,"huge":1e999,"minus":-0';
  expect(await ingest(leadText(more), '?wait=0')).toMatchObject({ status: 200 });
  expect(trial.query('SELECT custom_fields FROM leads')).toEqual([
    { custom_fields: '{"id":"90071992547409931234","tiny":"1e-999","huge":"1e999","minus":0}' },
  ]);
  expect(await ingest(`{"email":"a@example.com","persona":"X","lead_score":${'9'.repeat(400)}}`)).toMatchObject({
    status: 400,
  });
  expect(await ingest({ ...LEAD, lead_score: '9'.repeat(400) })).toMatchObject({ status: 400 });
});

test('an address of a million characters is RED like any other that is none', async () => {
  const { ingest } = await startDoors();
  const email = `${'a'.repeat(1_000_000)}@example.com`;
  expect(await ingest({ ...LEAD, email })).toMatchObject({ status: 200, body: { data: { status: 'BLOCKED' } } });
});

test('SQL, markup and line breaks in a lead are text, the breaks spaces in a name', async () => {
  const { trial, ingest } = await startDoors();
  const nasty = `'; DROP TABLE leads; -- <script>alert(1)</script>\r\nX-Evil: 1 \${7*7} %s`;
  expect(await ingest({ ...LEAD, first_name: nasty, [nasty]: nasty })).toMatchObject({ status: 200 });
  expect(trial.query('SELECT first_name FROM leads')).toEqual([{ first_name: nasty.replace('\r\n', ' ') }]);
});

test.each([
  ['GET', '/api/ingest', 405],
  ['HEAD', '/api/ingest', 405],
  ['PUT', '/api/ingest', 405],
  ['DELETE', '/api/ingest', 405],
  ['OPTIONS', '/api/ingest', 405],
  ['GET', '/api/ingest/clay', 405],
  ['PATCH', '/api/webhooks/smartlead', 405],
  ['POST', '/healthz', 404],
  ['HEAD', '/healthz', 200],
  ['GET', '/', 404],
  ['GET', '/api', 404],
  ['POST', '/api/ingest/', 404],
  ['POST', '//api/ingest', 404],
  ['POST', '/API/INGEST', 404],
  ['POST', '/api/ingest%2f..', 404],
  ['POST', '/api/%69ngest/x', 404],
  ['POST', '/api/ingest/../../etc/passwd', 404],
  ['POST', '/api/%2e%2e/%2e%2e/etc/passwd', 404],
  ['GET', '/openapi.json/..%2f', 404],
  ['GET', '/%ff%fe', 404],
  ['GET', '/.env', 404],
])('%s %s is %d, with nothing of the inside in the answer', async (method, path, status) => {
  const { app } = await startDoors();
  const response = await app.request(path, { method }, {});
  const text = await response.text();
  expect(response.status).toBe(status);
  if (status === 405) expect(response.headers.get('allow')).toBe('POST');
  if (text !== '' && status !== 200) expect(JSON.parse(text)).toMatchObject({ success: false, error: {} });
  expect(text).not.toMatch(/node_modules|src\/|\.js|stack|hono|sqlite/i);
});

test('a path that says the same in other characters is the same door, with the same lock', async () => {
  const { app } = await startDoors();
  for (const path of [
    '/api/%69ngest',
    '/api/./ingest',
    '/x/../api/ingest',
    '/api/ingest?x=/healthz',
    '/api/ingest#x',
  ]) {
    expect([401, 404]).toContain((await app.request(path, { method: 'POST', body: '{}' }, {})).status);
  }
});

test('no answer names a framework or lets another origin in', async () => {
  const { app } = await startDoors();
  for (const method of ['GET', 'POST', 'OPTIONS']) {
    const headers = {
      origin: 'https://evil.example',
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'x-api-key',
    };
    for (const path of ['/healthz', '/readyz', '/openapi.json', '/api/ingest', '/api/ingest/clay', '/nothing']) {
      const answer = await app.request(path, { method, headers }, {});
      const names = [...answer.headers.keys()];
      expect(names.filter((name) => name.startsWith('access-control') || /powered|^server$|^via$/.test(name))).toEqual(
        [],
      );
      expect(answer.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
      expect(answer.headers.get('cache-control')).toBe('no-store');
    }
  }
});

test('whatever JSON comes, the answer is a 200 or a 400, never an error of ours', async () => {
  const { ingest, clay, event, logged } = await startDoors();
  const key = fc.oneof(
    fc.constantFrom(
      'email',
      'persona',
      'lead_score',
      'title',
      'custom_fields',
      'Email',
      'status',
      'verification',
      'lead',
    ),
    fc.constantFrom('event_type', 'event', 'campaign', 'campaign_id', 'secret_key', 'sl_lead_email', '__proto__'),
    fc.string({ unit: 'binary' }),
  );
  const value = fc.oneof(
    fc.constantFrom('a@example.com', 'VP Sales', 85, '85', null, true, 'EMAIL_BOUNCE', 'CAMPAIGN_X', '\ud800', 'a\0'),
    fc.jsonValue(),
    fc.string({ unit: 'binary' }),
  );
  const body = fc.oneof(
    fc.dictionary(key, value),
    fc.array(fc.dictionary(key, value), { maxLength: 5 }),
    fc.jsonValue(),
  );
  await fc.assert(
    fc.asyncProperty(body, async (given) => {
      expect([200, 400]).toContain((await ingest(given, '?wait=0')).status);
      expect([200, 400]).toContain((await clay(given, '?wait=0')).status);
      expect([200, 400]).toContain((await event(given)).status);
    }),
    { numRuns: 200 },
  );
  expect(logged()).not.toContain('"level":"error"');
});
