import { existsSync, mkdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import { expect, test } from 'vitest';
import { askCli } from '../helpers/call-cli.js';

import { leadCsv, startTrial } from '../helpers/trial.js';

/** Two clients' folders on one machine and one account of a user, with a key each. */
async function twoClients() {
  const trial = await startTrial({ rateLimit: { requests: 1000, windowMs: 1000 } });
  const client = (name: string) => {
    const dir = join(trial.dir, name);
    mkdirSync(dir);
    writeFileSync(join(dir, 'leads.csv'), leadCsv([[`jo@${name}.example.com`, 'VP Sales', 85]]));
    const env = {
      HOME: trial.dir,
      XDG_DATA_HOME: join(trial.dir, 'data'),
      SMARTLEAD_BASE_URL: trial.sandbox.url,
      SMARTLEAD_API_KEY: `key-of-${name}`,
    };
    const run = (args: string[], more: Record<string, string> = {}) =>
      askCli(args, { cwd: dir, env: { ...env, ...more } });
    return { dir, env, run };
  };
  return { trial, acme: client('acme'), globex: client('globex') };
}

/** Puts both clients into one database, as everyone's was before init kept them apart. */
function share(...dirs: string[]) {
  for (const dir of dirs) {
    const file = join(dir, 'rules.yaml');
    const text = readFileSync(file, 'utf8')
      .replace(/^organization: .*/m, 'organization: default')
      .replace(/^database: .*/m, 'database: ../shared.db');
    writeFileSync(file, text);
  }
}

test('two folders with the defaults of init have two databases: a retry in one knows nothing of the other', async () => {
  const { trial, acme, globex } = await twoClients();
  await acme.run(['init']);
  await globex.run(['init']);
  expect((await acme.run(['ingest', 'leads.csv', '--no-push'])).code).toBe(0);
  expect((await globex.run(['ingest', 'leads.csv'])).code).toBe(0);
  expect((await globex.run(['retry', '--held', '--reason', 'review'])).code).toBe(0);
  expect(trial.memberships()).toEqual(['123456 jo@globex.example.com']);
  expect(existsSync(join(acme.dir, 'drason.db')) && existsSync(join(globex.dir, 'drason.db'))).toBe(true);
  const status = await acme.run(['status', '--json']);
  expect(JSON.parse(status.stdout)).toMatchObject({ organization: 'acme' });
});

test('in one database and under one name, every command that pushes or changes who is mailed refuses the second client', async () => {
  const { trial, acme, globex } = await twoClients();
  await acme.run(['init']);
  await globex.run(['init']);
  share(acme.dir, globex.dir);
  await acme.run(['ingest', 'leads.csv']);
  writeFileSync(join(acme.dir, 'more.csv'), leadCsv([['later@acme.example.com', 'VP Sales', 85]]));
  await acme.run(['ingest', 'more.csv', '--no-push']);
  const pushed = trial.memberships();
  const sent = trial.requests.length;
  for (const args of [
    ['retry', '--held', '--reason', 'review'],
    ['ingest', 'leads.csv'],
    ['ingest', 'leads.csv', '--no-push'],
    ['reconcile'],
    ['reconcile', '--fix'],
    ['suppress', 'add', 'later@acme.example.com'],
    ['suppress', 'import', 'leads.csv'],
    ['suppress', 'remove', 'later@acme.example.com'],
    ['forget', 'later@acme.example.com', '--yes'],
    ['keys', 'create'],
    ['serve', '--port', '0'],
  ]) {
    const { code, stderr } = await globex.run(args);
    expect({ args, code }).toEqual({ args, code: 2 });
    expect(stderr).toContain(
      `belongs to ${join(acme.dir, 'rules.yaml')} (organization default, key from SMARTLEAD_API_KEY)`,
    );
    expect(stderr).toContain(join(globex.dir, 'rules.yaml'));
    expect(stderr).toMatch(/--db or database:.*--adopt/);
    expect(stderr).not.toContain('key-of-');
  }
  expect(trial.memberships()).toEqual(pushed);
  expect(trial.requests).toHaveLength(sent);

  // what only reads, or rehearses, goes on
  for (const args of [['status'], ['leads'], ['why', 'jo@acme.example.com'], ['ingest', 'leads.csv', '--dry-run']]) {
    expect({ args, code: (await globex.run(args)).code }).toEqual({ args, code: 0 });
  }
  expect((await globex.run(['ingest', 'leads.csv', '--sandbox'])).code).toBe(0);
  const doctor = await globex.run(['doctor', '--json']);
  expect(doctor.code).toBe(3);
  const check = { name: 'client', state: 'failed', message: expect.stringContaining(acme.dir) };
  expect(JSON.parse(doctor.stdout).checks).toContainEqual(expect.objectContaining(check));
  // and the first client is none the wiser
  expect((await acme.run(['retry', '--held', '--reason', 'review'])).code).toBe(0);
});

test('--adopt says that both are the same client: from then on the second file is the known one', async () => {
  const { trial, acme, globex } = await twoClients();
  await acme.run(['init']);
  await globex.run(['init']);
  share(acme.dir, globex.dir);
  await acme.run(['ingest', 'leads.csv']);
  expect((await globex.run(['ingest', 'leads.csv', '--adopt'])).code).toBe(0);
  expect((await globex.run(['retry', '--held'])).code).toBe(0);
  const db = new BetterSqlite3(join(trial.dir, 'shared.db'), { readonly: true });
  const rows = db.prepare("SELECT entity, details FROM audit_logs WHERE action = 'identity_changed' ORDER BY id").all();
  db.close();
  expect(rows).toEqual([
    { entity: 'organization', details: expect.stringMatching(/"rules file".*acme.*globex.*"adopted":true/) },
    {
      entity: 'organization',
      details: expect.stringMatching(/^\{"setting":"key","was":"[0-9a-f]{16}","now":"[0-9a-f]{16}"\}$/),
    },
  ]);
});

test('a moved rules file with the same key, and then another key with the same file, are taken over and noted', async () => {
  const { trial, acme } = await twoClients();
  await acme.run(['init']);
  await acme.run(['ingest', 'leads.csv']);
  renameSync(acme.dir, `${acme.dir}-moved`);
  const moved = (args: string[], more: Record<string, string> = {}) =>
    askCli(args, { cwd: `${acme.dir}-moved`, env: { ...acme.env, ...more } });
  expect((await moved(['doctor', '--json'])).stdout).toMatch(/"client","state":"warning"/);
  expect((await moved(['retry', '--held'])).code).toBe(0);
  expect((await moved(['doctor', '--json'])).stdout).toMatch(/"client","state":"ok"/);
  const rotated = { SMARTLEAD_API_KEY: 'the-next-key' };
  expect((await moved(['doctor', '--json'], rotated)).stdout).toMatch(/"client","state":"warning"/);
  writeFileSync(join(`${acme.dir}-moved`, 'leads.csv'), leadCsv([['two@acme.example.com', 'VP Sales', 85]]));
  expect((await moved(['ingest', 'leads.csv'], rotated)).code).toBe(0);
  expect((await moved(['doctor', '--json'], rotated)).stdout).toMatch(/"client","state":"ok"/);
  const audit = await moved(['audit', '--json', '--action', 'identity_changed'], rotated);
  expect(JSON.parse(audit.stdout).rows).toHaveLength(2);
  expect(trial.memberships()).toHaveLength(2);
});

test('the same file by another path is the same file, and a key that Smartlead refused is no proof of anything', async () => {
  const { acme, globex } = await twoClients();
  await acme.run(['init']);
  await globex.run(['init']);
  share(acme.dir, globex.dir);
  await acme.run(['ingest', 'leads.csv']);
  symlinkSync(acme.dir, `${acme.dir}-link`);
  const file = join(`${acme.dir}-link`, 'rules.yaml');
  // the wrong key is the file's own doing, and is not remembered
  expect((await acme.run(['ingest', 'leads.csv', '--rules', file], { SMARTLEAD_API_KEY: 'bad-key' })).code).not.toBe(2);
  expect((await globex.run(['retry', '--held'], { SMARTLEAD_API_KEY: 'bad-key' })).code).toBe(2);
});
