import {
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  writeSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join, resolve } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { faultEnv, ownServer } from '../helpers/faults.js';
import { type CliOptions, ROOT } from '../helpers/run-cli.js';
import { manyLeads, rulesFor, startTrial, type Trial } from '../helpers/trial.js';

const checkSchema = z.strictObject({
  name: z.string(),
  state: z.enum(['ok', 'warning', 'failed']),
  organization: z.string().nullable(),
  message: z.string(),
  fix: z.string().nullable(),
});
const reportSchema = z.strictObject({ schema: z.literal(1), ok: z.boolean(), checks: z.array(checkSchema) });

/** Runs the check-up; the exit code must be what the report says. */
async function doctor(trial: Trial, args: string[] = [], options: Partial<CliOptions> = {}) {
  const result = await trial.run(['doctor', '--json', ...args], options);
  const { ok, checks } = reportSchema.parse(JSON.parse(result.stdout));
  expect(result.code).toBe(ok ? 0 : 3);
  expect(ok).toBe(checks.every(({ state }) => state !== 'failed'));
  for (const { state, fix } of checks) expect(fix === null).toBe(state === 'ok');
  const named = (state: string) => checks.filter((check) => check.state === state).map(({ name }) => name);
  const found = checks.find(({ state }) => state === 'failed');
  return { ok, checks, failed: named('failed'), warnings: named('warning'), message: found?.message ?? '', result };
}

const SOUND = `${rulesFor([['*', '123456']])}tests:\n  - { lead: { persona: CTO }, expect: "123456" }\n`;

const fresh = (): Promise<Trial> => startTrial({ rules: SOUND });

/** A set-up that has pushed a few leads. */
async function inUse(): Promise<Trial> {
  const trial = await fresh();
  trial.write('leads.csv', manyLeads(3));
  await trial.summary(['ingest', 'leads.csv']);
  return trial;
}

function change(trial: Trial, sql: string): void {
  const db = new BetterSqlite3(join(trial.dir, 'trial.db'));
  try {
    db.exec(sql);
  } finally {
    db.close();
  }
}

test('a sound set-up that is in use has nothing to complain about', async () => {
  const trial = await inUse();
  const { checks, failed, warnings } = await doctor(trial);
  expect({ failed, warnings }).toEqual({ failed: [], warnings: [] });
  expect(new Set(checks.map(({ name }) => name))).toEqual(
    new Set([
      'versions',
      'health gate',
      'rules file',
      'database',
      'client',
      'rules',
      'rule tests',
      'smartlead',
      'key',
      'clock',
      'campaign',
      'pushes',
    ]),
  );
  expect(checks.find(({ name }) => name === 'campaign')?.message).toBe(
    '123456 "Sandbox campaign 123456" is ACTIVE (line 2)',
  );
  const shown = await trial.run(['doctor']);
  expect(shown.stdout).toMatch(/^✔ pushes +0% failed in the last 24 hours \(0 of 3\)$/m);
  expect(shown.stdout + JSON.stringify(checks)).not.toContain('trial-key');
});

test('a brand-new one has no ✖, and no database is made', async () => {
  const trial = await startTrial();
  const { failed, warnings } = await doctor(trial);
  expect(failed).toEqual([]);
  expect(warnings).toEqual(['database', 'rules', 'rules']);
  expect(readdirSync(trial.dir)).toEqual(['rules.yaml']);
});

test('--sandbox needs no account, and leaves nothing behind where there is nothing', async () => {
  const trial = await startTrial();
  const env = { SMARTLEAD_API_KEY: '', DRASON_DB: '', SMARTLEAD_BASE_URL: 'http://127.0.0.1:9/api/v1' };
  expect((await doctor(trial, ['--sandbox'], { env })).failed).toEqual([]);
  expect(existsSync(join(trial.dir, 'data'))).toBe(false);
  expect(trial.requests).toEqual([]);
});

async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  await new Promise((done) => server.close(done));
  return typeof address === 'object' && address ? address.port : 0;
}

test('a refused key is found, and named by where it came from', async () => {
  const { failed, message, checks } = await doctor(await fresh(), [], { env: { SMARTLEAD_API_KEY: 'bad-key-77c1' } });
  expect(failed).toEqual(['key']);
  expect(message).toBe('from SMARTLEAD_API_KEY, refused by the stand-in: 401 Invalid API Key');
  expect(JSON.stringify(checks)).not.toContain('bad-key');
});

test('a missing key is found', async () => {
  const { failed, message } = await doctor(await fresh(), [], { env: { SMARTLEAD_API_KEY: '' } });
  expect(failed).toEqual(['key']);
  expect(message).toMatch(/neither SMARTLEAD_API_KEY nor SMARTLEAD_API_KEY_FILE is set/);
});

test('a Smartlead that cannot be reached is found', async () => {
  const env = { SMARTLEAD_BASE_URL: `http://127.0.0.1:${await closedPort()}/api/v1` };
  const { failed, message } = await doctor(await fresh(), [], { env });
  expect(failed).toEqual(['smartlead']);
  expect(message).toMatch(/cannot be reached \(ECONNREFUSED\)/);
});

test('a campaign that is not there is found, with the line that names it', async () => {
  const trial = await fresh();
  trial.write('rules.yaml', SOUND.replaceAll('123456', '999999'));
  const { failed, message } = await doctor(trial);
  expect(failed).toEqual(['campaign']);
  expect(message).toBe('Smartlead does not know 999999 (line 2)');
});

test('a campaign that mails nobody any more is found, one that does not mail yet is worth a look', async () => {
  const states = {
    STOPPED: 'failed',
    archived: 'failed',
    Completed: 'failed',
    DRAFTED: 'warning',
    paused: 'warning',
    NEVER_HEARD_OF: 'warning',
    active: 'ok',
  };
  const campaigns = Object.entries(states).map(([status, state], n) => ({ id: String(n + 1), status, state }));
  const trial = await startTrial({
    rules: rulesFor(campaigns.map(({ id }) => [`persona ${id}`, id])),
    campaigns: campaigns.map(({ id }) => id),
  });
  for (const { id, status } of campaigns) trial.sandbox.account.setCampaignStatus(id, status);
  const { checks } = await doctor(trial);
  const found = checks.filter(({ name }) => name === 'campaign').map(({ state, message }) => [state, message]);
  expect(found).toEqual(
    campaigns.map(({ id, status, state }, n) => [state, `${id} "Sandbox campaign ${id}" is ${status} (line ${n + 2})`]),
  );
});

test('a rule that can never match is found', async () => {
  const trial = await fresh();
  trial.write('rules.yaml', SOUND.replace('tests:', '  - { persona: CTO, target_campaign_id: "123457" }\ntests:'));
  const { failed, message } = await doctor(trial);
  expect(failed).toEqual(['rules']);
  expect(message).toMatch(/^unreachable: .* on line 3 can never match/);
});

test('a failing rule test is found; none at all is worth a look', async () => {
  const trial = await fresh();
  trial.write('rules.yaml', SOUND.replace('expect: "123456"', 'expect: held'));
  const { failed, message } = await doctor(trial);
  expect(failed).toEqual(['rule tests']);
  expect(message).toBe('1 of 1 failed: "persona CTO" on line 4 expected held, found 123456');
  trial.write('rules.yaml', rulesFor([['*', '123456']]));
  expect(await doctor(trial)).toMatchObject({ failed: [], warnings: ['database', 'rule tests'] });
});

/** Root may write anywhere, so the product runs as nobody, who must be able to read it. */
function nobodyCanRead(path: string): boolean {
  return (statSync(path).mode & 0o005) === 0o005 && (dirname(path) === path || nobodyCanRead(dirname(path)));
}

test.skipIf(process.getuid === undefined || !nobodyCanRead(resolve(ROOT)))(
  'a read-only database is found',
  async () => {
    const trial = await inUse();
    const root = process.getuid?.() === 0;
    for (const name of [...readdirSync(trial.dir), '.']) {
      const path = join(trial.dir, name);
      if (root) chownSync(path, 65534, 65534);
      if (name.includes('trial.db')) chmodSync(path, 0o444);
    }
    const { failed, message } = await doctor(trial, [], { env: root ? faultEnv({ asNobody: true }) : {} });
    expect(failed).toEqual(['database']);
    expect(message).toMatch(/read-only/);
  },
);

test('a damaged database is found, and nothing is written to it', async () => {
  const trial = await inUse();
  change(trial, 'PRAGMA wal_checkpoint(TRUNCATE)');
  const root =
    trial.query<{ rootpage: number }>("SELECT rootpage FROM sqlite_schema WHERE name = 'leads_by_email'")[0]
      ?.rootpage ?? 0;
  const [{ page_size = 0 } = {}] = trial.query<{ page_size: number }>('PRAGMA page_size');
  const file = openSync(join(trial.dir, 'trial.db'), 'r+');
  writeSync(file, Buffer.alloc(page_size - 8, 0x2a), 0, page_size - 8, (root - 1) * page_size + 8);
  closeSync(file);
  const before = readFileSync(join(trial.dir, 'trial.db'));
  const { failed, message } = await doctor(trial);
  expect(failed).toEqual(['database']);
  expect(message).toMatch(/trial\.db is damaged/);
  expect(readFileSync(join(trial.dir, 'trial.db')).equals(before)).toBe(true);
});

test('a database of a newer drason is found, and one that was used to rehearse with the sandbox', async () => {
  const trial = await inUse();
  change(trial, 'PRAGMA user_version = 99');
  const newer = await doctor(trial);
  expect(newer.failed).toEqual(['database']);
  expect(newer.message).toMatch(/written by a newer drason \(schema 99/);
  const other = await doctor(trial, ['--sandbox']);
  expect(other.failed).toEqual([]);
  await trial.summary(['ingest', 'leads.csv', '--sandbox', '--db', 'try.db']);
  expect(await doctor(trial, ['--db', 'try.db'])).toMatchObject({
    failed: ['database'],
    message: expect.stringMatching(/try\.db belongs to the sandbox/),
  });
});

test('a database tied to a stand-in is found when the base URL is Smartlead itself, without a request on its behalf', async () => {
  const trial = await inUse();
  change(trial, "UPDATE about SET value = 'smartlead' WHERE key = 'target'");
  const { failed, message } = await doctor(trial);
  expect(failed).toEqual(['database']);
  expect(message).toMatch(/holds leads of Smartlead, and the base URL points to this machine/);
});

test('a secret that the rules file names and nobody has set is found', async () => {
  const trial = await fresh();
  trial.write(
    'rules.yaml',
    `clay: { secret_env: CLAY_WEBHOOK_SECRET }\nsmartlead: { webhook_secret_env: WEBHOOK_SECRET }\nalerts: { url_env: ALERT_URL }\n${SOUND}`,
  );
  trial.write('secret.txt', 'https://hooks.example.com/from-a-file-1234\n');
  const env = { WEBHOOK_SECRET: 'hush-hush-5678', ALERT_URL_FILE: 'secret.txt' };
  const { failed, message, checks } = await doctor(trial, [], { env });
  expect(failed).toEqual(['secrets']);
  expect(message).toBe('clay.secret_env: neither CLAY_WEBHOOK_SECRET nor CLAY_WEBHOOK_SECRET_FILE is set');
  expect(JSON.stringify(checks)).not.toMatch(/hush-hush|from-a-file/);
});

test('a clock that is a day off is found', async () => {
  const { failed, message } = await doctor(await fresh(), [], { env: faultEnv({ clockAheadMs: 86_400_000 }) });
  expect(failed).toEqual(['clock']);
  expect(message).toMatch(/^this machine is (1d|23h 59m).* ahead of Smartlead's clock$/);
});

test('pushes of which 30 % failed are found; 10 % are let pass', async () => {
  const trial = await inUse();
  change(trial, 'UPDATE attempts SET proven = 7, failed = 3');
  const { failed, message } = await doctor(trial);
  expect(failed).toEqual(['pushes']);
  expect(message).toBe('30% failed in the last 24 hours (3 of 10)');
  change(trial, 'UPDATE attempts SET proven = 9, failed = 1');
  expect((await doctor(trial)).failed).toEqual([]);
});

test('a rules file that others end with 2 for is a finding here; what can be looked at without it is', async () => {
  const trial = await inUse();
  trial.write('rules.yaml', 'rules: nothing\n');
  const { failed, message, checks } = await doctor(trial);
  expect(failed).toEqual(['rules file']);
  expect(message).toMatch(/^rules\.yaml:1:8: /);
  expect(checks.map(({ name }) => name)).toEqual(['versions', 'health gate', 'rules file', 'database']);
  const elsewhere = await doctor(trial, ['--rules', 'none.yaml'], { env: { DRASON_DB: '' } });
  expect(elsewhere.failed).toEqual(['rules file']);
});

const ORGANIZATIONS = `organizations:
  acme:
    smartlead: { api_key_env: ACME_KEY }
    rules: [{ persona: "*", target_campaign_id: "123456" }]
    tests: [{ lead: { persona: x }, expect: "123456" }]
  globex:
    smartlead: { api_key_env: GLOBEX_KEY }
    rules: [{ persona: "*", target_campaign_id: "123457" }]
    tests: [{ lead: { persona: x }, expect: "123457" }]
`;

test('every organization is looked at, and each line says whose it is', async () => {
  const trial = await startTrial({ rules: ORGANIZATIONS });
  const env = { ACME_KEY: 'key-of-acme', GLOBEX_KEY: 'bad-key-of-globex' };
  const { checks, failed } = await doctor(trial, [], { env });
  expect(failed).toEqual(['key']);
  expect(checks.find(({ state }) => state === 'failed')).toMatchObject({ organization: 'globex' });
  expect(checks.filter(({ organization }) => organization === 'acme').map(({ name }) => name)).toEqual([
    'rules',
    'rule tests',
    'smartlead',
    'key',
    'clock',
    'campaign',
  ]);
  const shown = await trial.run(['doctor'], { env });
  expect(shown.stdout).toMatch(/^✖ key +globex: from GLOBEX_KEY, refused/m);
  expect((await doctor(trial, ['--org', 'acme'], { env })).failed).toEqual([]);
  expect((await doctor(trial, [], { env: { ...env, DRASON_ORG: 'acme' } })).failed).toEqual([]);
  expect((await doctor(trial, ['--org', 'acne'], { env })).failed).toEqual(['rules file']);
});

test('names and statuses are kept where there is a database, for status to show', async () => {
  const trial = await inUse();
  await doctor(trial);
  expect(trial.query("SELECT organization_id AS org, id, name, status FROM campaigns WHERE id = '123456'")).toEqual([
    { org: 'default', id: '123456', name: 'Sandbox campaign 123456', status: 'ACTIVE' },
  ]);
  expect((await trial.run(['status'])).stdout).toMatch(/^123456 +Sandbox campaign 123456 +0 +3 +0 +100%$/m);
});

test('its requests draw on the budget of all, and a 429 pauses the key for the others', async () => {
  const trial = await inUse();
  await doctor(trial);
  // the ingest's push, the list of campaigns
  expect(trial.query('SELECT count(*) AS n FROM rate_tokens')).toEqual([{ n: 2 }]);

  const { url, seen } = await ownServer((response) => response.writeHead(429, { 'retry-after': '600' }).end('{}'));
  const { failed, warnings, checks } = await doctor(trial, [], { env: { SMARTLEAD_BASE_URL: url } });
  expect({ failed, warnings }).toEqual({ failed: [], warnings: ['smartlead'] });
  expect(checks.find(({ name }) => name === 'smartlead')?.message).toMatch(
    /the request limit is used up for (10m|9m 59s)/,
  );
  await doctor(trial, [], { env: { SMARTLEAD_BASE_URL: url } });
  expect(seen).toHaveLength(1);
  expect(trial.query('SELECT reason, campaign_id FROM stops')).toEqual([{ reason: 'rate_limit', campaign_id: '' }]);
});

test('a campaign that the list lacks is asked for, and must answer with its own id', async () => {
  const trial = await fresh();
  const campaign = { name: 'Found alone', status: 'ACTIVE' };
  let id = 123456;
  const { url } = await ownServer((response, _seen, request) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(request.url?.includes('/campaigns/123456') ? JSON.stringify({ id, ...campaign }) : '[]');
  });
  const env = { SMARTLEAD_BASE_URL: url };
  const { checks } = await doctor(trial, [], { env });
  expect(checks.find(({ name }) => name === 'campaign')?.message).toBe('123456 "Found alone" is ACTIVE (line 2)');
  id = 1;
  expect(await doctor(trial, [], { env })).toMatchObject({
    failed: ['campaign'],
    message: 'Smartlead does not know 123456 (line 2)',
  });
});

test('what answers in Smartlead’s place is found', async () => {
  const trial = await fresh();
  const { url } = await ownServer((response) => response.end('<html>Welcome</html>'));
  expect(await doctor(trial, [], { env: { SMARTLEAD_BASE_URL: url } })).toMatchObject({ failed: ['smartlead'] });
});
