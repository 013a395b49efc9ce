import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { expect, onTestFinished, test } from 'vitest';
import { CLAY_SECRET, RULES, sign, WEBHOOK_SECRET } from '../helpers/doors.js';
import { CAN_FILL_DISK, faultEnv, ownServer, until } from '../helpers/faults.js';
import { echoServer, formsOf, hits, PLANTED } from '../helpers/planted-key.js';
import { createKey, type Serving, startServe } from '../helpers/serve.js';
import { startTrial } from '../helpers/trial.js';

const LEAD = { email: 'test@example.com', persona: 'VP Sales', lead_score: 85 };
const LARGE = 10 * 1024 * 1024;

async function attacked(env: Record<string, string> = {}) {
  const trial = await startTrial({ rules: RULES, rateLimit: null });
  const { key } = await createKey(trial);
  const serving = await startServe(trial, { env: { CLAY_WEBHOOK_SECRET: CLAY_SECRET, ...env } });
  return { trial, key, serving };
}

/** Unharmed: the same process answers, and has logged no error of its own. */
async function expectUnharmed(serving: Serving): Promise<void> {
  expect(await serving.get('/healthz')).toMatchObject({ status: 200 });
  expect(serving.child.exitCode).toBeNull();
  expect(serving.stdout()).not.toMatch(/"level":"(error|fatal)"/);
}

async function open({ port }: Serving): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  onTestFinished(() => void socket.destroy());
  await once(socket, 'connect');
  return socket;
}

/** Sends bytes as they are and gives all that comes back until the connection ends, or nothing more is to be read. */
async function raw(serving: Serving, ...pieces: Array<string | Buffer>): Promise<string> {
  const socket = await open(serving);
  let answer = '';
  socket.setEncoding('latin1').on('data', (text) => {
    answer += text;
  });
  const closed = new Promise((resolve) => socket.once('close', resolve));
  for (const piece of pieces) if (!socket.destroyed) socket.write(piece);
  await closed;
  return answer;
}

const post = (path: string, headers: Record<string, string | number>, body = '') =>
  `POST ${path} HTTP/1.1\r\n${Object.entries({ host: 'x', connection: 'close', ...headers })
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('')}\r\n${body}`;

test('10 MB are turned away, said or unsaid, packed or not; the sender is told, and the others are served', async () => {
  const { trial, key, serving } = await attacked();
  const megabytes = Buffer.alloc(LARGE, 'a');
  const said = post('/api/ingest', { 'x-api-key': key, 'content-length': LARGE });
  expect(await raw(serving, said)).toMatch(/^HTTP\/1\.1 413 .*"code":"TOO_LARGE"/s);
  expect(await raw(serving, said, megabytes)).toMatch(/^(HTTP\/1\.1 413 |$)/);

  const chunks = Array.from({ length: 160 }, () =>
    Buffer.concat([Buffer.from('10000\r\n'), megabytes.subarray(0, 65_536), Buffer.from('\r\n')]),
  );
  const unsaid = post('/api/ingest', { 'x-api-key': key, 'transfer-encoding': 'chunked' });
  expect(await raw(serving, unsaid, ...chunks)).toMatch(/^(HTTP\/1\.1 413 |$)/);
  // who would go on sending is told, and the connection is closed all the same
  const kept = unsaid.replace('connection: close', 'connection: keep-alive');
  expect(await raw(serving, kept, ...chunks.slice(0, 81))).toMatch(/^HTTP\/1\.1 413 .*"code":"TOO_LARGE"/s);

  const bomb = gzipSync(Buffer.alloc(LARGE, ' '));
  const packed = post('/api/ingest', { 'x-api-key': key, 'content-encoding': 'gzip', 'content-length': bomb.length });
  expect(await raw(serving, packed, bomb)).toMatch(/^HTTP\/1\.1 415 .*"code":"PACKED"/s);

  // no key, no reading
  const stranger = post('/api/ingest', { 'content-length': LARGE });
  expect(await raw(serving, stranger)).toMatch(/^HTTP\/1\.1 401 /);
  expect(
    await fetch(`${serving.url}/api/ingest`, { method: 'POST', headers: { 'x-api-key': key }, body: megabytes }).then(
      ({ status }) => status,
      () => 413,
    ),
  ).toBe(413);
  await expectUnharmed(serving);
  expect(trial.query('SELECT 1 FROM leads')).toEqual([]);
});

const ON_THE_WIRE: Array<[string, (key: string) => string, RegExp]> = [
  [
    'a double slash',
    (key) => post('//api/ingest', { 'x-api-key': key, 'content-length': 2 }, '{}'),
    /^HTTP\/1\.1 404 /,
  ],
  ['dots', (key) => post('/x/../api/ingest', { 'x-api-key': key, 'content-length': 2 }, '{}'), /^HTTP\/1\.1 40[04] /],
  [
    'dots in other characters',
    (key) => post('/x/%2e%2e/api/ingest', { 'x-api-key': key, 'content-length': 2 }, '{}'),
    /^HTTP\/1\.1 40[04] /,
  ],
  ['a NUL in the path', () => post('/api/ingest%00', { 'content-length': 0 }), /^HTTP\/1\.1 404 /],
  [
    'bytes that are no text in the path',
    () => post('/%c0%ae%c0%ae/%ff', { 'content-length': 0 }),
    /^HTTP\/1\.1 40[04] /,
  ],
  [
    'a whole URL as the path',
    (key) => post('http://evil.example/api/ingest', { 'x-api-key': key, 'content-length': 2 }, '{}'),
    /^HTTP\/1\.1 400 /,
  ],
  [
    'a URL that is none',
    () => 'GET http:///%%% HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n',
    /^HTTP\/1\.1 40[04] /,
  ],
  [
    'a host that is none',
    () => 'GET /healthz HTTP/1.1\r\nhost: a b/c?d#\r\nconnection: close\r\n\r\n',
    /^HTTP\/1\.1 400 /,
  ],
  ['no host', () => 'GET /healthz HTTP/1.1\r\nconnection: close\r\n\r\n', /^HTTP\/1\.1 400 /],
  [
    'a line break in a header',
    () => 'GET /healthz HTTP/1.1\r\nhost: x\r\nx-organization-id: a\nx-evil: 1\rz: 2\r\n\r\n',
    /^HTTP\/1\.1 400 /,
  ],
  ['a NUL in a header', () => 'GET /healthz HTTP/1.1\r\nhost: x\r\nx-api-key: a\0b\r\n\r\n', /^HTTP\/1\.1 400 /],
  [
    'two lengths',
    () => 'POST /api/ingest HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\n{}',
    /^HTTP\/1\.1 400 /,
  ],
  [
    'a length and chunks',
    () => 'POST /api/ingest HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
    /^HTTP\/1\.1 400 /,
  ],
  [
    'chunks that are none',
    (key) => post('/api/ingest', { 'x-api-key': key, 'transfer-encoding': 'chunked' }, 'zz\r\n'),
    /^(HTTP\/1\.1 400 |$)/,
  ],
  [
    '100 kB of headers',
    () => `GET /healthz HTTP/1.1\r\nhost: x\r\nx: ${'a'.repeat(100_000)}\r\n\r\n`,
    /^(HTTP\/1\.1 431 |$)/,
  ],
  [
    '5,000 headers',
    () => `GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n${'a: b\r\n'.repeat(5000)}\r\n`,
    /^(HTTP\/1\.1 (431|200) |$)/,
  ],
  ['a method that is none', () => 'BREW /api/ingest HTTP/1.1\r\nhost: x\r\n\r\n', /^HTTP\/1\.1 400 /],
  ['TRACE', () => 'TRACE /api/ingest HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n', /^HTTP\/1\.1 (40\d|501) /],
  [
    'TRACE of the pages',
    () => 'TRACE /admin HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n',
    /^HTTP\/1\.1 400 /,
  ],
  ['CONNECT', () => 'CONNECT evil.example:443 HTTP/1.1\r\nhost: x\r\n\r\n', /^(HTTP\/1\.1 40\d |$)/],
  [
    'an upgrade',
    () => 'GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: upgrade, close\r\nupgrade: websocket\r\n\r\n',
    /^HTTP\/1\.1 200 /,
  ],
  ['TLS', () => '\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc', /^HTTP\/1\.1 400 /],
];

test('nothing on the wire harms it: paths, hosts, headers, lengths, methods', async () => {
  const { trial, key, serving } = await attacked();
  for (const [name, request, expected] of ON_THE_WIRE) {
    const answer = await raw(serving, Buffer.from(request(key), 'latin1'));
    expect(answer, name).toMatch(expected);
    expect(answer, name).not.toMatch(/node_modules|\.js:|hono|x-powered-by|^server:/im);
  }
  await expectUnharmed(serving);
  expect(trial.query('SELECT 1 FROM leads')).toEqual([]);
});

test('hundreds of connections that say nothing, or never finish, hold nobody up, and are closed in time', async () => {
  const { key, serving } = await attacked();
  const began = performance.now();
  const sockets = await Promise.all(Array.from({ length: 400 }, () => open(serving)));
  const closed = Promise.all(sockets.map((socket) => new Promise((resolve) => socket.once('close', resolve))));
  for (const [n, socket] of sockets.entries()) {
    if (n % 2 === 0) socket.write(`POST /api/ingest HTTP/1.1\r\nhost: x\r\nx-slow: `);
    socket.resume();
  }
  const dribble = setInterval(() => {
    for (const socket of sockets) if (!socket.destroyed && socket.bytesWritten > 0) socket.write('a');
  }, 500);
  onTestFinished(() => clearInterval(dribble));
  expect(await serving.post('/api/ingest', LEAD, { 'x-api-key': key })).toMatchObject({
    status: 200,
    body: { data: { status: 'ACTIVE' } },
  });
  await closed;
  expect(performance.now() - began).toBeLessThan(20_000);
  await expectUnharmed(serving);
});

test('clients that go away in the middle, or while they wait, leave nothing behind', async () => {
  const { trial, key, serving } = await attacked();
  const body = JSON.stringify({ ...LEAD, persona: 'VP Sales' });
  for (let n = 0; n < 50; n++) {
    const socket = await open(serving);
    socket.write(post('/api/ingest?wait=60', { 'x-api-key': key, 'content-length': body.length }, n % 2 ? body : '{"'));
    socket.destroy();
  }
  await expectUnharmed(serving);
  expect(await serving.post('/api/ingest', LEAD, { 'x-api-key': key })).toMatchObject({
    body: { data: { status: 'ACTIVE' } },
  });
  expect(trial.query('SELECT 1 FROM leads')).toHaveLength(1);
  expect(await serving.stop()).toEqual({ code: 0, signal: null });
});

test("no secret shows in the log, the terminal, the database or an answer: Smartlead's key, Clay's, the webhook's, a door's", async () => {
  const secrets = { smartlead: PLANTED, clay: `${PLANTED}-clay`, hook: `${PLANTED}-hook` };
  const trial = await startTrial({ rules: RULES });
  const { key } = await createKey(trial);
  const serving = await startServe(trial, {
    args: ['--verbose'],
    env: {
      SMARTLEAD_API_KEY: secrets.smartlead,
      SMARTLEAD_BASE_URL: await echoServer(400, formsOf(PLANTED).slice(0, 4)),
      CLAY_WEBHOOK_SECRET: secrets.clay,
      SMARTLEAD_WEBHOOK_SECRET: secrets.hook,
      DEBUG: '*',
    },
  });
  const answers: string[] = [];
  const send = async (path: string, body: unknown, headers: Record<string, string>) =>
    answers.push(JSON.stringify((await serving.post(path, body, headers)).body));
  await send('/api/ingest?wait=2', LEAD, { 'x-api-key': key });
  await send('/api/ingest', 'no json', { 'x-api-key': key });
  await send(`/api/ingest?key=${key}`, LEAD, { 'x-api-key': `${key}x` });
  const clay = JSON.stringify({ ...LEAD, email: 'clay@example.com' });
  await send('/api/ingest/clay?wait=1', clay, { 'x-clay-secret': secrets.clay });
  await send('/api/ingest/clay?wait=1', clay, { 'x-clay-signature': sign(secrets.clay, clay) });
  await send('/api/ingest/clay', clay, { 'x-clay-secret': `${secrets.clay}!` });
  const event = { event_type: 'EMAIL_BOUNCE', to_email: 'bounced@example.com' };
  await send('/api/webhooks/smartlead', { ...event, secret_key: secrets.hook, copy: secrets.hook }, {});
  await send('/api/webhooks/smartlead', { ...event, secret_key: `${secrets.hook}!` }, {});
  await send('/api/webhooks/smartlead', '{"secret_key":', {});
  answers.push((await serving.get('/readyz')).text);
  await serving.stop();
  const said = { code: 0, signal: null, stdout: serving.stdout() + answers.join('\n'), stderr: serving.stderr() };
  expect(said.stdout).toContain('[SMARTLEAD] Failed to push lead to campaign');
  expect(hits(trial, [said])).toEqual([]);
  expect(hits(trial, [said], key)).toEqual([]);
});

test('whatever Smartlead answers, the service stays up and its answers keep their shape', async () => {
  const trial = await startTrial({ rules: RULES });
  const { key } = await createKey(trial);
  const answersOf = [
    () => 'null',
    () => '[]',
    () => `{"emailToLeadIdMap":{"newlyAddedLeads":{"__proto__":"1","test0@example.com":{}}}}`,
    () => '{"upload_count":"Infinity","total_leads":-1}',
    () => '['.repeat(100_000),
    () => '\u0000\uffff',
  ];
  const { url } = await ownServer((response, seen) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end((answersOf[seen.length % answersOf.length] ?? (() => ''))());
  });
  const serving = await startServe(trial, { env: { SMARTLEAD_BASE_URL: url } });
  const answers = await Promise.all(
    Array.from({ length: 30 }, (_, n) =>
      serving.post('/api/ingest?wait=2', { ...LEAD, email: `test${n}@example.com` }, { 'x-api-key': key }),
    ),
  );
  for (const { status, body } of answers) {
    expect(status).toBe(200);
    expect(body.data).toMatchObject({ status: 'HELD', pushedToSmartlead: false });
  }
  await expectUnharmed(serving);
});

test('an event that its sender may send again opens nothing without the right signature', async () => {
  const { trial, serving } = await attacked({ SMARTLEAD_WEBHOOK_SECRET: WEBHOOK_SECRET });
  const body = JSON.stringify({ event_type: 'EMAIL_BOUNCE', to_email: 'a@example.com' });
  const good = `sha256=${sign(WEBHOOK_SECRET, body)}`;
  const send = (text: string, signature: string) =>
    serving.post('/api/webhooks/smartlead', text, { 'x-smartlead-signature': signature, 'x-request-id': 'r1' });
  expect((await send(body.replace('a@', 'b@'), good)).status).toBe(401);
  expect((await send(JSON.stringify(JSON.parse(body), null, 2), good)).status).toBe(401);
  expect((await send(body, good.slice(0, -1))).status).toBe(401);
  expect(await send(body, good)).toMatchObject({ status: 200, body: { data: { message: 'Event stored' } } });
  expect(await send(body, good)).toMatchObject({ status: 200, body: { data: { message: 'Event already known' } } });
  expect(trial.query('SELECT value FROM suppressions')).toEqual([{ value: 'a@example.com' }]);
});

test.skipIf(!CAN_FILL_DISK)(
  'a full disk: posts are told to come again, nothing that was answered is lost, and it stays up',
  async () => {
    const trial = await startTrial({ rules: RULES, rateLimit: null });
    const { key } = await createKey(trial);
    const serving = await startServe(trial, { env: faultEnv({ diskFullAt: 'claim', nth: 2 }) });
    const send = (n: number, query = '') =>
      serving.post(`/api/ingest${query}`, { ...LEAD, email: `lead${n}@example.com` }, { 'x-api-key': key });
    expect(await send(0)).toMatchObject({ status: 200, body: { data: { status: 'ACTIVE' } } });
    expect((await send(1, '?wait=2')).status).toBe(200);
    const refused = await send(2);
    expect(refused).toMatchObject({ status: 503, body: { error: { code: 'TRY_AGAIN' } } });
    expect(refused.headers.get('retry-after')).toBe('5');
    expect(refused.text).not.toMatch(/trial\.db|disk|sqlite/i);
    expect(await serving.get('/healthz')).toMatchObject({ status: 200 });
    await serving.stop('SIGKILL');
    await startServe(trial);
    expect(await until(() => trial.states().ACTIVE === 2)).toBe(true);
  },
);
