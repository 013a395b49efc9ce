import { readdirSync, readFileSync } from 'node:fs';
import { BlockList } from 'node:net';
import { join } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import { Hono } from 'hono';
import { expect, test } from 'vitest';
import { Guesses } from '../../src/admin/guesses.js';
import { Logins } from '../../src/admin/login/logins.js';
import { hashPassword } from '../../src/config/password.js';
import { clientAddress } from '../../src/server/client-address.js';
import type { DoorEnv } from '../../src/server/doors.js';
import { startAdmin } from '../helpers/admin.js';
import { ROOT, runCli } from '../helpers/run-cli.js';
import { startServe } from '../helpers/serve.js';
import { startTrial } from '../helpers/trial.js';

const RULES = 'rules: [{ persona: "*", target_campaign_id: "123456" }]\n';
const PASSWORD = 'six words are easy to keep';
/** Each password takes a tenth of a second of a processor that is free, milliseconds. */
const SLOW = 90_000;

/** Every address that the sources of the pages register. */
function addresses(): string[] {
  const pages = join(ROOT, 'src/admin/pages');
  const text = readdirSync(pages).map((name) => readFileSync(join(pages, name), 'utf8'));
  const found = text.flatMap((source) =>
    [...source.matchAll(/'(\/o\/:organization[^']*)'/g)].map(([, path]) => path ?? ''),
  );
  return [...new Set(found)].map(
    (path) => `/admin${path.replace(':organization', 'default').replaceAll(/:\w+/g, 'x')}`,
  );
}

test('without a login nothing but the login page and what it is made of answers', async () => {
  const trial = await startTrial({ rules: RULES });
  const { url } = await startServe(trial);
  const paths = ['/admin', '/admin/', '/admin/nothing', '/admin/logout', ...addresses()];
  expect(paths.length).toBeGreaterThan(5);
  for (const path of paths) {
    for (const method of ['GET', 'POST']) {
      const answer = await fetch(url + path, { method, redirect: 'manual' });
      expect([method, path, answer.status, answer.headers.get('location')]).toEqual([
        method,
        path,
        303,
        '/admin/login',
      ]);
      expect(await answer.text()).toBe('');
    }
  }
  expect((await fetch(`${url}/admin/login`)).status).toBe(200);
});

test('a page may not be framed, runs no script but its own, and is not kept', async () => {
  const admin = await startAdmin(await startTrial({ rules: RULES }));
  const { headers } = await admin.get('/admin/o/default');
  expect(headers.get('content-security-policy')).toBe(
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  );
  expect([headers.get('x-frame-options'), headers.get('cache-control'), headers.get('referrer-policy')]).toEqual([
    'DENY',
    'no-store',
    'same-origin',
  ]);
});

test('no address makes a page say what its author wants: what was done is told by the code of the last act alone', async () => {
  const admin = await startAdmin(await startTrial({ rules: RULES }));
  const page = '/admin/o/default/suppressions';
  const notice = async (path: string) => /<p class="notice"[^>]*>(.*?)<\/p>/.exec((await admin.get(path)).text)?.[1];
  for (const done of ['The+key+is+revoked', 'undefined', ''])
    expect(await notice(`${page}?done=${done}`)).toBeUndefined();
  const added = await admin.post(page, { values: 'acme.com' });
  expect(added.location).toMatch(/\?done=[\w-]{36}$/);
  expect(await notice(added.location)).toContain('1 entry added');
  // loaded anew, as a page without script does by itself
  expect(await notice(added.location)).toContain('1 entry added');
  expect(await notice(page)).toBeUndefined();
  expect(await notice(`${page}?done=The+key+is+revoked`)).toBeUndefined();
  const removed = await admin.post(`${page}/remove`, { value: 'acme.com' });
  expect(await notice(added.location)).toBeUndefined();
  expect(await notice(removed.location)).toContain('taken off the list');
});

test('an address that ends with a slash leads to the page without it', async () => {
  const admin = await startAdmin(await startTrial({ rules: RULES }));
  const home = '/admin/o/default';
  expect((await admin.get('/admin/')).location).toBe('/admin');
  expect(await admin.get(`${home}/`)).toMatchObject({ status: 303, location: home });
  expect(await admin.get(`${home}/leads/?status=HELD`)).toMatchObject({
    status: 303,
    location: `${home}/leads?status=HELD`,
  });
  expect((await admin.get(home)).status).toBe(200);
  expect((await admin.get(`${home}/nothing/`)).location).toBe(`${home}/nothing`);
  expect((await admin.get(`${home}/nothing`)).status).toBe(404);
});

test('the printed link logs in once, with a cookie that no script sees', async () => {
  const trial = await startTrial({ rules: RULES });
  const admin = await startAdmin(trial);
  const { url } = admin.serving;
  const link = /link=([\w-]+)/.exec(admin.serving.stderr())?.[1] ?? '';
  const again = await fetch(`${url}/admin/login`, { method: 'POST', body: new URLSearchParams({ link }) });
  expect(again.status).toBe(403);
  expect(again.headers.get('set-cookie')).toBeNull();
  expect(await (await fetch(`${url}/admin/login`)).text()).toContain('has been used');
  expect(admin.serving.stdout()).not.toContain(link);
  expect((await admin.get('/admin/o/default')).status).toBe(200);
  await admin.post('/admin/logout');
  expect((await admin.get('/admin/o/default')).location).toBe('/admin/login');
});

/** The trial's server with a password, behind a proxy on this machine that says who asks. */
async function servePassword() {
  const trial = await startTrial({ rules: `admin: { password_hash_env: HASH }\n${RULES}` });
  const made = await runCli(['keys', 'password'], { cwd: trial.dir, stdin: `${PASSWORD}\n` });
  const serving = await startServe(trial, { env: { HASH: made.stdout.trim() } });
  const logIn = (presented: string, headers: Record<string, string> = {}) =>
    fetch(`${serving.url}/admin/login`, {
      method: 'POST',
      redirect: 'manual',
      headers,
      body: new URLSearchParams({ presented }),
    });
  const from = (address: string) => ({ 'x-forwarded-for': address });
  return { trial, serving, logIn, from };
}

test(
  'a password logs in; ten wrong ones a minute are all that a client may try, at once or one after the other',
  async () => {
    const { serving, logIn } = await servePassword();
    expect(serving.stderr()).not.toContain('link=');
    for (const proto of ['https', 'https, http']) {
      const right = await logIn(PASSWORD, { 'x-forwarded-proto': proto });
      expect(right.status).toBe(303);
      expect(right.headers.get('set-cookie')).toMatch(
        /^drason_admin_[0-9a-f]{8}=[\w-]{43}; Path=\/admin; HttpOnly; Secure; SameSite=Lax$/,
      );
    }
    const tries = await Promise.all(Array.from({ length: 14 }, () => logIn('wrong')));
    expect(tries.map(({ status }) => status).sort()).toEqual([...Array(10).fill(403), ...Array(4).fill(429)]);
    const soon = await logIn(PASSWORD);
    expect(soon.status).toBe(429);
    expect(Number(soon.headers.get('retry-after'))).toBeGreaterThan(30);
    expect(serving.stdout() + serving.stderr()).not.toContain(PASSWORD);
  },
  SLOW,
);

test(
  'a stranger who guesses keeps the owner out by neither way, and cannot pass for another client',
  async () => {
    const { trial, serving, logIn, from } = await servePassword();
    const stranger = async (forged: string) => (await logIn('wrong', from(`${forged}, 203.0.113.9`))).status;
    for (let n = 0; n < 10; n++) expect(await stranger(`198.51.100.${n}`)).toBe(403);
    for (let n = 0; n < 3; n++) expect(await stranger(`198.51.100.${n}`)).toBe(429);
    for (let n = 0; n < 2; n++) expect((await logIn(PASSWORD, from('192.0.2.7'))).status).toBe(303);

    const flood = Promise.all(Array.from({ length: 12 }, (_, n) => logIn('wrong', from(`2001:db8:0:1::${n}`))));
    const made = await trial.run(['keys', 'admin-link', '--url', serving.url]);
    expect(made.stdout).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/admin\/login\?link=[\w-]{43}\n$/);
    expect(await (await fetch(made.stdout.trim())).text()).toContain('The link works once.');
    const link = new URL(made.stdout.trim()).searchParams.get('link') ?? '';
    const byLink = () =>
      fetch(`${serving.url}/admin/login`, {
        method: 'POST',
        redirect: 'manual',
        headers: from('203.0.113.9'),
        body: new URLSearchParams({ link }),
      });
    expect((await byLink()).status).toBe(303);
    expect((await byLink()).status).toBe(403);
    // an IPv6 network of 64 bits is one client
    expect((await flood).filter(({ status }) => status === 403)).toHaveLength(10);
    expect(serving.stdout() + serving.stderr()).not.toContain(link);
  },
  SLOW,
);

test('the log says who failed to log in, as the fail2ban filter of the docs reads it', async () => {
  const { serving, logIn, from } = await servePassword();
  await logIn('wrong', from('203.0.113.9'));
  await logIn('wrong', from('2001:db8::9'));
  await logIn(PASSWORD, from('192.0.2.7'));
  await fetch(`${serving.url}/admin/login?","client":"192.0.2.1","method":"POST","path":"/admin/login","status":403`);
  const filter = /^failregex = (.*)$/m.exec(readFileSync(join(ROOT, 'docs/deploy.md'), 'utf8'))?.[1] ?? '';
  const regex = new RegExp(filter.replace('<HOST>', '([\\da-f.:]+)'));
  const found = serving
    .stdout()
    .split('\n')
    .flatMap((line) => regex.exec(line)?.[1] ?? []);
  expect(found).toEqual(['203.0.113.9', '2001:db8::9']);
});

test('two services on one host do not log each other out', async () => {
  const [one, other] = [await startTrial({ rules: RULES }), await startTrial({ rules: RULES })];
  const first = await startAdmin(one);
  const second = await startAdmin(other);
  // a browser keeps one jar for both
  const jar = `${first.cookie}; ${second.cookie}`;
  for (const { serving } of [first, second]) {
    const page = await fetch(`${serving.url}/admin/o/default`, { headers: { cookie: jar }, redirect: 'manual' });
    expect(page.status).toBe(200);
  }
});

test('a fault inside a page is in the log, with its place', async () => {
  const trial = await startTrial({ rules: RULES });
  const admin = await startAdmin(trial);
  const db = new BetterSqlite3(join(trial.dir, 'trial.db'));
  db.exec('DROP TABLE suppressions');
  db.close();
  expect((await admin.get('/admin/o/default/suppressions')).status).toBe(500);
  await expect
    .poll(admin.serving.stdout)
    .toMatch(/"path":"\/admin\/o\/default\/suppressions",.*no such table.*"msg":"a page failed"/);
});

test('wrong guesses never delay the link of the start, whoever makes them', async () => {
  const trial = await startTrial({ rules: RULES });
  const { url, stderr } = await startServe(trial);
  const send = (fields: Record<string, string>) =>
    fetch(`${url}/admin/login`, { method: 'POST', redirect: 'manual', body: new URLSearchParams(fields) });
  const wrong = await Promise.all(
    Array.from({ length: 30 }, (_, n) => send(n % 2 ? { link: `wrong${n}` } : { presented: 'wrong' })),
  );
  expect(new Set(wrong.map(({ status }) => status))).toEqual(new Set([403]));
  const link = /link=([\w-]+)/.exec(stderr())?.[1] ?? '';
  expect((await send({ link })).status).toBe(303);
  const another = await trial.run(['keys', 'admin-link', '--json']);
  const made = new URL(JSON.parse(another.stdout).link).searchParams.get('link') ?? '';
  expect((await send({ link: made })).status).toBe(303);
});

test('a proxy on another machine is believed when it is named, and no one else is', async () => {
  const list = new BlockList();
  list.addSubnet('172.16.0.0', 12, 'ipv4');
  const app = new Hono<DoorEnv>().get('/', (c) => c.text(clientAddress(c, list)));
  const ask = async (remoteAddress: string, forwarded?: string) => {
    const headers = forwarded === undefined ? {} : { 'x-forwarded-for': forwarded };
    const answer = await app.request('/', { headers }, { incoming: { socket: { remoteAddress } } });
    return answer.text();
  };
  expect(await ask('203.0.113.9', '192.0.2.7')).toBe('203.0.113.9');
  expect(await ask('::ffff:172.18.0.2', '192.0.2.7')).toBe('192.0.2.7');
  expect(await ask('172.18.0.2', '192.0.2.7, 203.0.113.9, 172.18.0.3')).toBe('203.0.113.9');
  expect(await ask('127.0.0.1', '2001:db8::1')).toBe('2001:db8::1');
  expect(await ask('127.0.0.1', 'nonsense')).toBe('127.0.0.1');
  expect(await ask('127.0.0.1')).toBe('127.0.0.1');
});

test('a minute after its wrong guesses a client may guess again; what is remembered of clients is bounded', () => {
  let now = 0;
  const guesses = new Guesses(() => now);
  for (let n = 0; n < 10; n++) expect(guesses.take('2001:db8::1')).toBe(0);
  expect(guesses.take('2001:db8:0:0:ffff::1.2.3.4')).toBe(60);
  expect(guesses.take('2001:db8:0:1::1')).toBe(0);
  expect(guesses.take('::1')).toBe(0);
  now = 60_000;
  expect(guesses.take('2001:db8::2')).toBe(0);
  const before = process.memoryUsage().heapUsed;
  for (let n = 0; n < 300_000; n++) guesses.take(`10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`);
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(60e6);
});

test('without the hash, or with something else in its place, serve does not start', async () => {
  const trial = await startTrial({ rules: `admin: { password_hash_env: HASH }\n${RULES}` });
  for (const [env, says] of [
    [{}, 'neither HASH nor HASH_FILE is set'],
    [{ HASH: 'secret-password' }, 'is no password hash'],
  ] as const) {
    const { code, stderr } = await trial.run(['serve', '--port', '0'], { env });
    expect([code, stderr.includes(says), stderr.includes('secret-password')]).toEqual([2, true, false]);
    expect(stderr).toContain('drason keys password');
  }
});

test('a login ends when it is not used, and after half a day', async () => {
  let now = 0;
  const clock = { now: () => now, steady: () => now, sleep: async () => undefined };
  const logins = new Logins({ passwordHash: await hashPassword(PASSWORD) }, clock, async () => false);
  const answer = await logins.logIn(PASSWORD, '192.0.2.7');
  const cookie = 'cookie' in answer ? answer.cookie : '';
  expect(logins.find(cookie)).toBeDefined();
  for (let hour = 0; hour < 12; hour++) {
    now += 3_600_000;
    expect(logins.find(cookie)).toBeDefined();
  }
  now += 1;
  expect(logins.find(cookie)).toBeUndefined();
  const second = await logins.logIn(PASSWORD, '192.0.2.7');
  now += 2 * 3_600_000 + 1;
  expect(logins.find('cookie' in second ? second.cookie : '')).toBeUndefined();
});

test('a form of another site, of another login or without its token does nothing', async () => {
  const admin = await startAdmin(await startTrial({ rules: RULES }));
  const send = (fields: Record<string, string>, headers: Record<string, string> = {}) =>
    fetch(`${admin.serving.url}/admin/logout`, {
      method: 'POST',
      redirect: 'manual',
      headers: { cookie: admin.cookie, ...headers },
      body: new URLSearchParams(fields),
    });
  const { token } = admin;
  expect((await send({})).status).toBe(403);
  expect((await send({ token: 'x'.repeat(43) })).status).toBe(403);
  expect((await send({ token }, { origin: 'https://evil.example' })).status).toBe(403);
  expect((await send({ token }, { origin: 'null' })).status).toBe(403);
  expect((await send({ token }, { 'sec-fetch-site': 'cross-site' })).status).toBe(403);
  expect((await admin.get('/admin/o/default')).status).toBe(200);
  // a proxy has put its own address into Host: the browser's own word counts
  const behindProxy = { origin: 'https://drason.example.com', 'sec-fetch-site': 'same-origin' };
  expect((await send({}, behindProxy)).status).toBe(403);
  expect((await send({ token }, behindProxy)).status).toBe(303);
});
