import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate, setTimeout as wait } from 'node:timers/promises';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';
import { expect, onTestFinished, test } from 'vitest';
import { exchange } from '../../src/smartlead/exchange.js';

const SHORT = { readyMs: 1_000, wholeMs: 1_500 };

async function listen(server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  const address = server.address();
  return typeof address === 'object' && address ? address.port : 0;
}

function ask(url: string, limits = SHORT) {
  const mayWrite = () => true;
  const leads = new URL(`${url}/leads?api_key=planted`);
  return exchange({ method: 'POST', url: leads, headers: {}, body: '{}', mayWrite }, limits);
}

/** A server of bytes: what it does once the request is there. */
async function bytes(answer: (socket: Socket) => void) {
  let closed: () => void = () => undefined;
  const gone = new Promise<void>((resolve) => (closed = resolve));
  const server = createTcpServer((socket) => {
    socket.once('data', () => answer(socket));
    socket.once('close', closed);
  });
  return { url: `http://127.0.0.1:${await listen(server)}`, gone };
}

/** Writes one piece again and again, until the other side has had enough. */
function again(socket: Socket, piece: string, everyMs: number): void {
  const timer = setInterval(() => socket.write(piece), everyMs);
  socket.once('close', () => clearInterval(timer));
}

const HEAD = 'HTTP/1.1 200 OK\r\n';
const ENDLESS: Record<string, (socket: Socket) => void> = {
  'changes the protocol': (socket) =>
    void socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n'),
  'changes the protocol without saying to which': (socket) =>
    void socket.write('HTTP/1.1 101 Switching Protocols\r\n\r\n'),
  'asks to go on and says no more': (socket) => void socket.write('HTTP/1.1 100 Continue\r\n\r\n'),
  'says "processing" for ever': (socket) => again(socket, 'HTTP/1.1 102 Processing\r\n\r\n', 20),
  'floods with "processing"': (socket) => void socket.write('HTTP/1.1 102 Processing\r\n\r\n'.repeat(50_000)),
  'gives early hints for ever': (socket) => again(socket, 'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n', 20),
  'says nothing': () => undefined,
  'never ends its first line': (socket) => again(socket, 'H', 20),
  'never ends its headers': (socket) => {
    socket.write(HEAD);
    again(socket, 'x: y\r\n', 20);
  },
  'never ends one header': (socket) => {
    socket.write(`${HEAD}x: `);
    again(socket, 'y', 20);
  },
  'drips its body': (socket) => {
    socket.write(`${HEAD}content-length: 1000000\r\n\r\n`);
    again(socket, 'z', 20);
  },
  'drips its body in pieces': (socket) => {
    socket.write(`${HEAD}transfer-encoding: chunked\r\n\r\n`);
    again(socket, '1\r\nz\r\n', 20);
  },
  'names no length and keeps the connection': (socket) => void socket.write(`${HEAD}\r\n{"ok":true}`),
  'never ends a piece': (socket) => {
    socket.write(`${HEAD}transfer-encoding: chunked\r\n\r\n1;`);
    again(socket, 'e', 20);
  },
  'never ends its trailers': (socket) => {
    socket.write(`${HEAD}transfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n`);
    again(socket, 'x: y\r\n', 20);
  },
  'announces a gzip that never comes': (socket) => {
    socket.write(`${HEAD}content-encoding: gzip\r\ntransfer-encoding: chunked\r\n\r\n`);
    again(socket, '0', 200);
  },
};

test.concurrent.each(Object.entries(ENDLESS))(
  'a server that %s is given up within the limit, and the connection is closed',
  async (_what, answer) => {
    const { url, gone } = await bytes(answer);
    const began = performance.now();
    const result = await ask(url);
    expect(result).toMatchObject({ kind: 'no_answer' });
    expect(JSON.stringify(result)).not.toMatch(/planted|api_key/);
    await gone;
    expect(performance.now() - began).toBeLessThan(SHORT.wholeMs + 1_500);
  },
);

test('a server that takes the connection and never shakes hands was not sent anything', async () => {
  const port = await listen(createTcpServer(() => undefined));
  expect(await ask(`https://127.0.0.1:${port}`)).toMatchObject({
    kind: 'not_sent',
    message: `no connection to 127.0.0.1:${port} within 1 s`,
  });
});

/** A certificate that nobody here trusts. */
function certificate(days = '2'): TlsOptions {
  const dir = mkdtempSync(join(tmpdir(), 'drason-tls-'));
  try {
    const [key, cert] = [join(dir, 'key.pem'), join(dir, 'cert.pem')];
    const made = spawnSync('openssl', [
      ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=localhost'],
      ...['-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1', '-days', days, '-keyout', key, '-out', cert],
    ]);
    if (made.status !== 0) throw new Error(String(made.stderr));
    return { key: readFileSync(key), cert: readFileSync(cert) };
  } finally {
    rmSync(dir, { recursive: true });
  }
}

const HANDSHAKES: Record<string, () => Server> = {
  'has a certificate of its own': () => createTlsServer(certificate()),
  'speaks TLS 1.0 only': () =>
    createTlsServer({ ...certificate(), minVersion: 'TLSv1', maxVersion: 'TLSv1', ciphers: 'ALL:@SECLEVEL=0' }),
  'has no cipher in common': () => createTlsServer({ ...certificate(), ciphers: 'PSK', maxVersion: 'TLSv1.2' }),
  'speaks plain HTTP': () =>
    createTcpServer((socket) => socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))),
  'hangs up at the handshake': () => createTcpServer((socket) => socket.once('data', () => socket.end())),
  'resets at the handshake': () => createTcpServer((socket) => socket.once('data', () => socket.resetAndDestroy())),
  'hangs up at once': () => createTcpServer((socket) => socket.end()),
  'speaks another protocol': () => createTcpServer((socket) => socket.write('220 mail.example.com ESMTP\r\n')),
  'sends a TLS alert': () =>
    createTcpServer((socket) => socket.once('data', () => socket.end(Buffer.from([21, 3, 3, 0, 2, 2, 70])))),
};

test.skipIf(spawnSync('openssl', ['version']).status !== 0).each(Object.entries(HANDSHAKES))(
  'a server that %s was sent nothing',
  async (_what, make) => {
    const port = await listen(make());
    const result = await ask(`https://127.0.0.1:${port}`);
    expect(result).toMatchObject({ kind: 'not_sent', message: expect.stringContaining(`127.0.0.1:${port}`) });
    expect(JSON.stringify(result)).not.toMatch(/planted|api_key/);
  },
);

/** A server in a process of its own, which works on while this one stands still. */
async function elsewhere(source: string) {
  const script = `
    let connections = 0;
    const server = require('node:http').createServer((request, response) => { ${source} });
    server.keepAliveTimeout = 600_000;
    server.on('connection', () => connections++);
    server.listen(0, '127.0.0.1', () => console.log(server.address().port));`;
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const port = await new Promise<string>((resolve) =>
    child.stdout.once('data', (text) => resolve(String(text).trim())),
  );
  return `http://127.0.0.1:${port}`;
}

/** This process stands still. */
const stall = (ms: number) => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);

test('a connection is used again right away, and never after a few idle seconds', async () => {
  const url = await elsewhere('response.end(String(connections))');
  expect(await ask(url)).toMatchObject({ body: '1' });
  expect(await ask(url)).toMatchObject({ body: '1' });
  await wait(3_200);
  expect(await ask(url)).toMatchObject({ body: '2' });
  stall(3_200);
  expect(await ask(url)).toMatchObject({ body: '3' });
});

test('connections that were closed while this process stood still are not written to', async () => {
  const url = await elsewhere(`
    response.end(String(connections));
    response.on('finish', () => setTimeout(() => request.socket.resetAndDestroy(), 50));`);
  for (let round = 1; round <= 5; round++) {
    expect(await ask(url)).toMatchObject({ kind: 'answer', body: String(round) });
    stall(300);
  }
});

test('a connection from before a sleep, which the steady clock does not count, is not used', async () => {
  const url = await elsewhere('response.end(String(connections))');
  expect(await ask(url)).toMatchObject({ body: '1' });
  const awake = Date.now;
  onTestFinished(() => {
    Date.now = awake;
  });
  Date.now = () => awake() + 60_000;
  expect(await ask(url)).toMatchObject({ body: '2' });
});

test('an answer that came while this process stood still is read, however long that was', async () => {
  const url = await elsewhere("setTimeout(() => response.end('here'), 300)");
  const asked = ask(url);
  await wait(150);
  // Timers come first after this, before anything that has arrived.
  await setImmediate();
  stall(4_000);
  expect(await asked).toMatchObject({ kind: 'answer', body: 'here' });
});

test('a connection that broke in a stall is told of as one', async () => {
  const url = await elsewhere('setTimeout(() => request.socket.resetAndDestroy(), 300)');
  const asked = ask(url);
  await wait(150);
  // Timers come first after this, before anything that has arrived.
  await setImmediate();
  stall(4_000);
  expect(await asked).toMatchObject({
    kind: 'no_answer',
    stalled: true,
    message: expect.stringMatching(/stood still/),
  });
});

test('a connection that is used again and again collects nothing', async () => {
  const warnings: string[] = [];
  const note = (warning: Error) => void warnings.push(warning.message);
  process.on('warning', note);
  onTestFinished(() => void process.off('warning', note));
  const url = await elsewhere('response.end(String(connections))');
  for (let request = 0; request < 30; request++) expect(await ask(url)).toMatchObject({ body: '1' });
  expect(warnings).toEqual([]);
});
