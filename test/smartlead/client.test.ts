import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import { gzipSync } from 'node:zlib';
import { expect, onTestFinished, test } from 'vitest';
import { makeClient } from '../../src/smartlead/client.js';
import type { HttpResult } from '../../src/smartlead/exchange.js';

const KEY = 'planted key/5f2a+&';
const MESSAGES_ONLY = /planted|5f2a|ann@example\.com|api_key/i;

interface Seen {
  method: string;
  url: URL;
  headers: IncomingMessage['headers'];
  body: string;
}

/** A server of the test's own that notes what it is sent. */
async function serve(answer: (response: ServerResponse, request: IncomingMessage) => void) {
  const seen: Seen[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(Buffer.from(chunk));
    const { method = '', headers } = request;
    seen.push({ method, url: new URL(request.url ?? '', 'http://x'), headers, body: Buffer.concat(chunks).toString() });
    answer(response, request);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const url = `http://127.0.0.1:${port}`;
  return { seen, url, client: makeClient(`${url}/api/v1`, KEY, '1.2.3') };
}

const yes = () => true;
const BODY = {
  lead_list: [{ email: 'ann@example.com' }],
  settings: {
    ignore_global_block_list: false,
    ignore_unsubscribe_list: false,
    ignore_duplicate_leads_in_other_campaign: true,
  },
};

function expectClean(result: HttpResult): void {
  if (result.kind !== 'answer') expect(result.message).not.toMatch(MESSAGES_ONLY);
}

test('a push is one POST of JSON, with the key in the query and a name of its own', async () => {
  const { client, seen } = await serve((response) => response.writeHead(200, { 'x-a': 'b' }).end('{"ok":true}'));
  const result = await client.addLeads('12/34', BODY, yes);
  expect(result).toMatchObject({ kind: 'answer', status: 200, headers: { 'x-a': 'b' }, body: '{"ok":true}' });
  expect(seen).toHaveLength(1);
  expect(seen[0]?.method).toBe('POST');
  expect(seen[0]?.url.pathname).toBe('/api/v1/campaigns/12%2F34/leads');
  expect([...(seen[0]?.url.searchParams ?? [])]).toEqual([['api_key', KEY]]);
  expect(seen[0]?.headers['user-agent']).toMatch(/^drason\/1\.2\.3 /);
  expect(seen[0]?.headers['content-type']).toBe('application/json');
  expect(JSON.parse(seen[0]?.body ?? '')).toEqual(BODY);
});

test('the reading calls ask for what they say', async () => {
  const { client, seen } = await serve((response) => response.end('{}'));
  await client.findLead('ann+b@example.com', yes);
  await client.campaignLeads('123', 100, 100, yes);
  await client.campaigns(yes);
  await client.campaign('12/34', yes);
  expect(seen.map(({ method, url }) => [method, url.pathname, Object.fromEntries(url.searchParams)])).toEqual([
    ['GET', '/api/v1/leads/', { email: 'ann+b@example.com', api_key: KEY }],
    ['GET', '/api/v1/campaigns/123/leads', { offset: '100', limit: '100', api_key: KEY }],
    ['GET', '/api/v1/campaigns/', { api_key: KEY }],
    ['GET', '/api/v1/campaigns/12%2F34', { api_key: KEY }],
  ]);
});

test.each([400, 401, 404, 429, 500, 502, 503])('a %i is an answer, and asked for once', async (status) => {
  const { client, seen } = await serve((response) => response.writeHead(status, { 'retry-after': '0' }).end('why'));
  for (const call of [() => client.addLeads('1', BODY, yes), () => client.findLead('ann@example.com', yes)]) {
    expect(await call()).toMatchObject({ kind: 'answer', status, body: 'why' });
  }
  expect(seen).toHaveLength(2);
});

test.each([301, 302, 303, 307, 308])('a %i is not followed: the second host never sees a byte', async (status) => {
  let connections = 0;
  const elsewhere = createTcpServer((socket) => {
    connections++;
    socket.destroy();
  });
  await new Promise<void>((resolve) => elsewhere.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void elsewhere.close());
  const address = elsewhere.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const { client, seen } = await serve((response, { url }) =>
    response.writeHead(status, { location: `http://127.0.0.1:${port}${url}` }).end(),
  );
  expect(await client.addLeads('1', BODY, yes)).toMatchObject({ kind: 'answer', status });
  expect(await client.findLead('ann@example.com', yes)).toMatchObject({ kind: 'answer', status });
  expect(seen).toHaveLength(2);
  expect(connections).toBe(0);
});

test.each([
  ['nobody listens', 'http://127.0.0.1:1', 'ECONNREFUSED'],
  ['nobody listens, under a name with several addresses', 'http://localhost:1', 'ECONNREFUSED'],
  ['the name does not resolve', 'http://smartlead.invalid', /ENOTFOUND|EAI_AGAIN/],
] as const)('where %s, the request was not sent', async (_why, url, code) => {
  const client = makeClient(url, KEY, '1');
  for (const result of [await client.addLeads('1', BODY, yes), await client.findLead('ann@example.com', yes)]) {
    expect(result).toMatchObject({ kind: 'not_sent', message: expect.stringMatching(code) });
    expectClean(result);
  }
});

const BROKEN: Record<string, (response: ServerResponse) => void> = {
  'the connection is reset': (response) => void response.socket?.resetAndDestroy(),
  'the connection is closed without an answer': (response) => void response.socket?.end(),
  'the answer is no HTTP': (response) => void response.socket?.end('HELLO\r\n\r\n'),
  'the answer is cut off': (response) => {
    response.writeHead(200, { 'content-length': '1000' });
    response.write('abc', () => response.destroy());
  },
  'the answer in pieces is cut off': (response) => {
    response.writeHead(200);
    response.write('abc', () => response.socket?.resetAndDestroy());
  },
  'the compressed answer is damaged': (response) =>
    void response.writeHead(200, { 'content-encoding': 'gzip' }).end('this is not gzip'),
  'the compressed answer is cut off': (response) =>
    void response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('x'.repeat(100_000)).subarray(0, 60)),
  'the headers are endless': (response) => void response.writeHead(200, { x: 'y'.repeat(100_000) }).end(),
};

test.each(Object.entries(BROKEN))(
  'where %s, the outcome is open, and nothing is told of the request',
  async (_why, answer) => {
    const { client, seen } = await serve(answer);
    for (const result of [await client.addLeads('1', BODY, yes), await client.findLead('ann@example.com', yes)]) {
      expect(result.kind).toBe('no_answer');
      expectClean(result);
    }
    expect(seen).toHaveLength(2);
  },
);

test('an answer of just under 4 MB is read', async () => {
  const { client } = await serve((response) => response.end(Buffer.alloc(4 * 1024 * 1024, 'x')));
  const result = await client.findLead('ann@example.com', yes);
  expect(result.kind === 'answer' && result.body.length).toBe(4 * 1024 * 1024);
});

test('an endless answer is given up at 4 MB', async () => {
  let sent = 0;
  const { client } = await serve((response) => {
    const more = () => {
      while (!response.destroyed && response.write(Buffer.alloc(65_536, 'x'))) sent += 65_536;
      response.once('drain', more);
    };
    more();
  });
  const result = await client.addLeads('1', BODY, yes);
  expect(result).toMatchObject({ kind: 'no_answer', message: expect.stringContaining('larger than 4 MB') });
  expectClean(result);
  expect(sent).toBeLessThan(64 * 1024 * 1024);
});

test('a gzip bomb of 256 MB is given up at 4 MB, and never held in memory', async () => {
  // one member of 1 MB, repeated: a legal gzip file
  const bomb = Buffer.concat(Array.from({ length: 256 }, () => gzipSync(Buffer.alloc(1024 * 1024))));
  const { client } = await serve((response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb));
  const used = () => {
    const { heapUsed, external } = process.memoryUsage();
    return heapUsed + external;
  };
  const before = used();
  let most = 0;
  const watch = setInterval(() => {
    most = Math.max(most, used() - before);
  }, 1);
  const result = await client.addLeads('1', BODY, yes);
  clearInterval(watch);
  expect(result).toMatchObject({ kind: 'no_answer', message: expect.stringContaining('larger than 4 MB') });
  expect(most).toBeLessThan(64 * 1024 * 1024);
});
