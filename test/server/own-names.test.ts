/** Under which names the service shows its own pages, and what a reverse proxy may change. */
import { createServer, type IncomingHttpHeaders, request } from 'node:http';
import { expect, onTestFinished, test } from 'vitest';
import { createKey, startServe } from '../helpers/serve.js';
import { startTrial } from '../helpers/trial.js';

const RULES = 'rules:\n  - { persona: "*", target_campaign_id: "123456" }\n';

/** A request with any headers, Host included, which fetch would not send. */
function ask(port: number, path: string, headers: Record<string, string>, form?: string) {
  return new Promise<{ status: number; headers: IncomingHttpHeaders; text: string }>((resolve, reject) => {
    const method = form === undefined ? 'GET' : 'POST';
    const asked = request({ host: '127.0.0.1', port, path, method, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (piece: string) => {
        text += piece;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }));
    });
    asked.on('error', reject);
    asked.end(form);
  });
}

test('a name that is neither of this machine nor public gets 421 on /admin, and on /metrics unless a key comes with it', async () => {
  const trial = await startTrial({ rules: RULES });
  const { port } = await startServe(trial, {
    args: ['--public-url', 'https://drason.example.com', 'http://10.1.2.3:8080'],
  });
  const { key } = await createKey(trial);
  const status = async (path: string, host: string, headers = {}) =>
    (await ask(port, path, { host, ...headers })).status;

  for (const host of [
    'localhost',
    `localhost:${port}`,
    '127.0.0.1:1',
    '[::1]:3001',
    'admin.localhost',
    'drason.example.com',
    'DRASON.example.com:443',
    '10.1.2.3:8080',
  ]) {
    expect.soft({ host, status: await status('/admin/login', host) }).toEqual({ host, status: 200 });
    expect.soft({ host, status: await status('/metrics', host) }).toEqual({ host, status: 200 });
  }
  for (const host of [
    'evil.example.com',
    'drason.example.com.evil.io',
    'drason.example.com:8443',
    '10.1.2.3',
    'localhost.evil.io',
  ]) {
    expect.soft({ host, status: await status('/admin/login', host) }).toEqual({ host, status: 421 });
    expect.soft({ host, status: await status('/metrics', host) }).toEqual({ host, status: 421 });
  }
  expect(await status('/metrics', 'evil.example.com', { 'x-api-key': key })).toBe(200);
  expect(await status('/metrics', 'evil.example.com', { 'x-api-key': 'wrong' })).toBe(401);
  const { text } = await ask(port, '/admin', { host: 'evil.example.com' });
  expect(text).toContain('--public-url');
  expect(await status('/healthz', 'u:p@localhost')).toBe(400);
  expect(await status('http://u:p@localhost/healthz', 'localhost')).toBeLessThan(500);
  // the doors prove who asks by other means
  expect(await status('/healthz', 'evil.example.com')).toBe(200);
});

test('serve: public_url in the rules file is a name or a list of them, and what is no address is refused with its place', async () => {
  const trial = await startTrial({
    rules: `serve: { public_url: [https://a.example.com, https://b.example.com] }\n${RULES}`,
  });
  const { port, stderr } = await startServe(trial);
  expect((await ask(port, '/admin/login', { host: 'b.example.com' })).status).toBe(200);
  expect((await ask(port, '/admin/login', { host: 'c.example.com' })).status).toBe(421);
  await expect.poll(stderr).toContain('admin page: https://a.example.com/admin/login?link=');
  trial.write('rules.yaml', `serve: { public_url: drason.example.com }\n${RULES}`);
  const { code, stderr: said } = await trial.run(['serve', '--port', '0']);
  expect(code).toBe(2);
  expect(said).toMatch(/rules\.yaml:1:\d+: .*https:\/\/drason\.example\.com/);
});

test('an address that means every address is no link', async () => {
  const trial = await startTrial({ rules: RULES });
  const { port, stderr } = await startServe(trial, { args: ['--host', '0.0.0.0'] });
  await expect.poll(stderr).toContain(`admin page: http://localhost:${port}/admin/login?link=`);
});

test('behind a proxy that puts its own address into Host, forms still work and a foreign one does not', async () => {
  const trial = await startTrial({ rules: RULES });
  const { port, stderr } = await startServe(trial, { args: ['--public-url', 'https://drason.example.com'] });
  const proxy = createServer(async (incoming, outgoing) => {
    let form = '';
    for await (const piece of incoming.setEncoding('utf8')) form += piece;
    const { cookie = '', origin = '', 'content-type': type = '' } = incoming.headers;
    const site = incoming.headers['sec-fetch-site'];
    const headers = {
      host: `127.0.0.1:${port}`,
      'x-forwarded-proto': 'https',
      cookie,
      ...(origin === '' ? {} : { origin }),
      ...(typeof site === 'string' ? { 'sec-fetch-site': site } : {}),
      ...(type === '' ? {} : { 'content-type': type }),
    };
    const answer = await ask(port, incoming.url ?? '', headers, incoming.method === 'POST' ? form : undefined);
    outgoing.writeHead(answer.status, answer.headers).end(answer.text);
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void proxy.close());
  const address = proxy.address();
  const outside = typeof address === 'object' && address ? address.port : 0;
  await expect.poll(stderr).toContain('link=');
  const link = /link=([\w-]+)/.exec(stderr())?.[1];
  const form = `link=${link}`;
  const type = { 'content-type': 'application/x-www-form-urlencoded', host: 'drason.example.com' };
  const foreign = { ...type, origin: 'https://evil.example.com', 'sec-fetch-site': 'cross-site' };
  expect((await ask(outside, '/admin/login', foreign, form)).status).toBe(403);
  expect((await ask(outside, '/admin/login', { ...type, origin: 'https://evil.example.com' }, form)).status).toBe(403);
  const own = await ask(outside, '/admin/login', { ...type, origin: 'https://drason.example.com' }, form);
  expect(own.status).toBe(303);
  expect(own.headers['set-cookie']?.[0]).toMatch(/; Secure/);
});
