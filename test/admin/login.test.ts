import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Logins } from '../../src/admin/logins.js';
import { hashPassword } from '../../src/config/password.js';
import { startAdmin } from '../helpers/admin.js';
import { ROOT, runCli } from '../helpers/run-cli.js';
import { startServe } from '../helpers/serve.js';
import { startTrial } from '../helpers/trial.js';

const RULES = 'rules: [{ persona: "*", target_campaign_id: "123456" }]\n';
const PASSWORD = 'six words are easy to keep';

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
  const again = await fetch(`${url}/admin/login`, { method: 'POST', body: new URLSearchParams({ presented: link }) });
  expect(again.status).toBe(403);
  expect(again.headers.get('set-cookie')).toBeNull();
  expect(await (await fetch(`${url}/admin/login`)).text()).toContain('has been used');
  expect(admin.serving.stdout()).not.toContain(link);
  expect((await admin.get('/admin/o/default')).status).toBe(200);
  await admin.post('/admin/logout');
  expect((await admin.get('/admin/o/default')).location).toBe('/admin/login');
});

test('a password logs in; wrong ones are slowed down, and the right one waits, too', async () => {
  const trial = await startTrial({ rules: `admin: { password_hash_env: HASH }\n${RULES}` });
  const made = await runCli(['keys', 'password'], { cwd: trial.dir, stdin: `${PASSWORD}\n` });
  const { url, stdout, stderr } = await startServe(trial, { env: { HASH: made.stdout.trim() } });
  expect(stderr()).not.toContain('link=');
  const logIn = (presented: string, headers: Record<string, string> = {}) =>
    fetch(`${url}/admin/login`, {
      method: 'POST',
      redirect: 'manual',
      headers,
      body: new URLSearchParams({ presented }),
    });
  const right = await logIn(PASSWORD, { 'x-forwarded-proto': 'https' });
  expect(right.status).toBe(303);
  expect(right.headers.get('set-cookie')).toMatch(
    /^drason_admin=[\w-]{43}; Path=\/admin; HttpOnly; Secure; SameSite=Lax$/,
  );
  const tries = await Promise.all(Array.from({ length: 6 }, () => logIn('wrong')));
  expect(tries.map(({ status }) => status).sort()).toEqual([403, 429, 429, 429, 429, 429]);
  const soon = await logIn(PASSWORD);
  expect([soon.status, Number(soon.headers.get('retry-after'))]).toEqual([429, 1]);
  expect(stdout() + stderr()).not.toContain(PASSWORD);
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

test('each further wrong try waits twice as long; a login ends when it is not used, and after half a day', async () => {
  let now = 0;
  const clock = { now: () => now, steady: () => now, sleep: async () => undefined };
  const logins = new Logins({ passwordHash: await hashPassword(PASSWORD) }, clock);
  const waits: number[] = [];
  for (let n = 0; n < 8; n++) {
    expect(await logins.logIn('wrong')).toEqual({ wrong: true, waitS: 0 });
    const refused = await logins.logIn(PASSWORD);
    if ('waitS' in refused) waits.push(refused.waitS);
    now += (waits.at(-1) ?? 0) * 1000;
  }
  expect(waits).toEqual([1, 2, 4, 8, 16, 32, 60, 60]);
  const answer = await logins.logIn(PASSWORD);
  const cookie = 'cookie' in answer ? answer.cookie : '';
  expect(logins.find(cookie)).toBeDefined();
  for (let hour = 0; hour < 12; hour++) {
    now += 3_600_000;
    expect(logins.find(cookie)).toBeDefined();
  }
  now += 1;
  expect(logins.find(cookie)).toBeUndefined();
  const second = await logins.logIn(PASSWORD);
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
  expect((await send({ token }, { origin: admin.serving.url })).status).toBe(303);
});
