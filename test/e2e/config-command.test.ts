import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { BIN, ROOT } from '../helpers/run-cli.js';
import { manyLeads, startTrial, type Trial } from '../helpers/trial.js';

const rowsSchema = z.strictObject({
  schema: z.literal(1),
  rows: z.array(z.strictObject({ setting: z.string(), value: z.unknown(), origin: z.string(), from: z.unknown() })),
});

/** `config --show-origin --json` as `[value, origin, from]` by setting. */
async function origins(trial: Trial, args: readonly string[] = [], env: Record<string, string> = {}) {
  const result = await trial.run(['config', '--show-origin', '--json', ...args], { env });
  if (result.code !== 0) throw new Error(JSON.stringify(result));
  const { rows } = rowsSchema.parse(JSON.parse(result.stdout));
  return new Map(rows.map(({ setting, value, origin, from }) => [setting, [value, origin, from]]));
}

const RULES = `# comment
organization: acme
database: ./own.db
smartlead:
  batch_size: 50
  rate_limit:
    - { requests: 10, per: 2s }
    - { requests: 100, per: 90s }
health: { penalties: { role: 10 }, allow: [a.com, b.com] }
fields: { persona: "Job Title" }
custom_fields: [Industry]
rules:
  - { persona: CTO, target_campaign_id: "1" }
alerts: { url_env: HOOK_URL, window: 30m }
`;

test('each setting is shown with what said so: the line of the rules file, or a default', async () => {
  const trial = await startTrial({ rules: RULES });
  const found = await origins(trial, [], { SMARTLEAD_BASE_URL: '', DRASON_DB: '' });
  const path = join(trial.dir, 'rules.yaml');
  const file = (line: number) => ['rules file', `rules.yaml:${line}`];
  const expected: Record<string, unknown[]> = {
    'rules file': [path, 'default', null],
    database: [join(trial.dir, 'own.db'), ...file(3)],
    organization: ['acme', ...file(2)],
    'smartlead.api_key_env': ['SMARTLEAD_API_KEY', 'default', null],
    'smartlead.api_key': ['set', 'environment', 'SMARTLEAD_API_KEY'],
    'smartlead.base_url': ['https://server.smartlead.ai/api/v1', 'default', null],
    'smartlead.batch_size': [50, ...file(5)],
    'smartlead.rate_limit': [['10 per 2s', '100 per 90s'], ...file(6)],
    'smartlead.settings.ignore_duplicate_leads_in_other_campaign': [true, 'default', null],
    'health.green_at': [80, 'default', null],
    'health.penalties.role': [10, ...file(9)],
    'health.penalties.catch_all': [25, 'default', null],
    'health.allow': [2, ...file(9)],
    'health.block': [0, 'default', null],
    'fields.persona': ['Job Title', ...file(10)],
    custom_fields: [['Industry'], ...file(11)],
    rules: [1, ...file(12)],
    tests: [0, 'default', null],
    'clay.secret_env': [null, 'default', null],
    'alerts.url_env': ['HOOK_URL', ...file(14)],
    'alerts.url': ['not set', 'default', 'HOOK_URL, HOOK_URL_FILE'],
    'alerts.failure_rate': [0.2, 'default', null],
    'alerts.window': ['30m', ...file(14)],
  };
  for (const [setting, value] of Object.entries(expected)) expect(found.get(setting), setting).toEqual(value);
});

test('a flag wins over a variable, a variable over the rules file', async () => {
  const trial = await startTrial({ rules: RULES });
  trial.write('other.yaml', `${RULES}database: ./other.db\n`.replace('database: ./own.db\n', ''));
  const env = { DRASON_RULES: 'rules.yaml', DRASON_ORG: 'acme', DRASON_DB: 'env.db' };
  const byVariable = await origins(trial, [], env);
  expect(byVariable.get('rules file')).toEqual([join(trial.dir, 'rules.yaml'), 'environment', 'DRASON_RULES']);
  expect(byVariable.get('database')).toEqual([join(trial.dir, 'env.db'), 'environment', 'DRASON_DB']);
  expect(byVariable.get('organization')).toEqual(['acme', 'environment', 'DRASON_ORG']);
  expect(byVariable.get('smartlead.base_url')).toEqual([trial.sandbox.url, 'environment', 'SMARTLEAD_BASE_URL']);
  const byFlag = await origins(trial, ['--rules', 'other.yaml', '--db', 'flag.db', '--org', 'acme'], env);
  expect(byFlag.get('rules file')).toEqual([join(trial.dir, 'other.yaml'), 'flag', '--rules']);
  expect(byFlag.get('database')).toEqual([join(trial.dir, 'flag.db'), 'flag', '--db']);
  expect(byFlag.get('organization')).toEqual(['acme', 'flag', '--org']);
  const sandbox = await origins(trial, ['--sandbox'], env);
  for (const setting of ['database', 'smartlead.api_key', 'smartlead.base_url']) {
    expect(sandbox.get(setting)?.slice(1), setting).toEqual(['flag', '--sandbox']);
  }
  expect(existsSync(join(trial.dir, 'env.db'))).toBe(false);
});

test('of several organizations one is asked for, and its lines are its own', async () => {
  const rules = `organizations:
  acme: { rules: [] }
  globex:
    smartlead: { batch_size: 7 }
    rules: []
`;
  const trial = await startTrial({ rules });
  expect(await trial.run(['config'])).toMatchObject({ code: 2, stdout: '' });
  const found = await origins(trial, ['--org', 'globex']);
  expect(found.get('smartlead.batch_size')).toEqual([7, 'rules file', 'rules.yaml:4']);
  expect((await origins(trial, ['--org', 'acme'])).get('smartlead.batch_size')).toEqual([100, 'default', null]);
});

test('no secret is shown, nor the path of its file, whatever is wrong with it', async () => {
  const SECRET = 'planted-s3cret-1d9c';
  const rules = `clay: { secret_env: CLAY }\nalerts: { url_env: HOOK }\nsmartlead: { webhook_secret_env: SL_HOOK }\nrules: []\n`;
  const trial = await startTrial({ rules });
  trial.write('key.txt', `${SECRET}\n`);
  const env = {
    SMARTLEAD_API_KEY: '',
    SMARTLEAD_API_KEY_FILE: 'key.txt',
    CLAY: `${SECRET} and more`,
    HOOK_FILE: `nowhere-${SECRET}`,
    SL_HOOK: SECRET,
  };
  const found = await origins(trial, [], env);
  expect(found.get('smartlead.api_key')).toEqual(['set', 'environment', 'the file in SMARTLEAD_API_KEY_FILE']);
  expect(found.get('smartlead.webhook_secret')).toEqual(['set', 'environment', 'SL_HOOK']);
  expect(found.get('clay.secret')?.[0]).toMatch(/^cannot be used: The value of CLAY has a space/);
  expect(found.get('alerts.url')?.[0]).toBe('cannot be used: Cannot read the file in HOOK_FILE: there is no such file');
  for (const format of ['table', 'json', 'ndjson', 'csv']) {
    const { stdout, stderr } = await trial.run(['config', '--show-origin', '--format', format, '--verbose'], { env });
    expect(stdout + stderr).not.toContain(SECRET);
  }
});

test('without --show-origin there are values only; every format has every setting', async () => {
  const trial = await startTrial();
  const table = (await trial.run(['config'])).stdout.trimEnd().split('\n');
  expect(table[0]).toMatch(/^Setting +Value$/);
  const csv = (await trial.run(['config', '--format', 'csv'])).stdout.trimEnd().split('\n');
  expect(csv[0]).toBe('setting,value');
  const ndjson = (await trial.run(['config', '--format', 'ndjson', '--show-origin'])).stdout.trimEnd().split('\n');
  expect(JSON.parse(ndjson[0] ?? '')).toEqual({
    setting: 'rules file',
    value: join(trial.dir, 'rules.yaml'),
    origin: 'default',
    from: null,
  });
  expect([table.length, csv.length]).toEqual([ndjson.length + 1, ndjson.length + 1]);
});

test('every setting of rules.example.yaml is shown, with a line where the file has it', async () => {
  const trial = await startTrial();
  const lines = readFileSync(join(ROOT, 'rules.example.yaml'), 'utf8').split('\n');
  const found = await origins(trial, [], { SMARTLEAD_BASE_URL: '', DRASON_DB: '' });
  for (const [setting, [, origin, from]] of found) {
    if (origin !== 'rules file') continue;
    const line = lines[Number(/^rules\.yaml:(\d+)$/.exec(String(from))?.[1]) - 1];
    expect(line, setting).toMatch(new RegExp(`\\b${setting.split('.').at(-1)}:`));
  }
  const keys = lines.flatMap((line) => /^ *([a-z_]+): (?:[^{[]|\[\])/.exec(line)?.[1] ?? []);
  const last = new Set([...found.keys()].map((setting) => setting.split('.').at(-1)));
  expect(keys.filter((key) => !last.has(key) && !['name', 'lead', 'expect'].includes(key))).toEqual([]);
});

test('a broken rules file ends it with 2', async () => {
  const trial = await startTrial({ rules: 'rules: []\nbatch_size: 5\n' });
  const result = await trial.run(['config', '--show-origin']);
  expect(result).toMatchObject({ code: 2, stdout: '' });
  expect(result.stderr).toMatch(/rules\.yaml:2:1: unknown key "batch_size"/);
});

test("a run's summary names the settings that did not come from the rules file", async () => {
  const trial = await startTrial();
  trial.write('leads.csv', manyLeads(1).replace('persona', 'Rolle'));
  const text = await trial.run(['ingest', 'leads.csv', '--rules', 'rules.yaml', '--map', 'persona=Rolle']);
  expect(text.stdout).toMatch(
    /\nSettings +rules file from --rules · database from DRASON_DB · smartlead.base_url from SMARTLEAD_BASE_URL · fields.persona from --map\n/,
  );
  const json = await trial.summary(['retry', '--held', '--org', 'default', '--db', 'trial.db']);
  expect(json.settings_from).toEqual([
    { setting: 'database', from: '--db' },
    { setting: 'organization', from: '--org' },
    { setting: 'smartlead.base_url', from: 'SMARTLEAD_BASE_URL' },
  ]);
  const plain = { DRASON_DB: '', SMARTLEAD_BASE_URL: '' };
  const own = await trial.run(['ingest', 'leads.csv', '--no-push'], { env: plain });
  expect(own.stdout).toContain('\nDatabase');
  expect(own.stdout).not.toContain('\nSettings');
});

test('a base URL that cannot be used keeps no summary from being shown where nothing is pushed', async () => {
  const trial = await startTrial();
  trial.write('leads.csv', manyLeads(1));
  const env = { SMARTLEAD_BASE_URL: 'ftp://nowhere' };
  expect(await trial.run(['ingest', 'leads.csv', '--no-push'], { env })).toMatchObject({ code: 0 });
  expect(await trial.run(['config'], { env })).toMatchObject({ code: 2 });
});

test('a variable that a .env set is shown with its file and line, a secret without its value', async () => {
  const trial = await startTrial({ rules: 'rules: []\n' });
  trial.write('.env', `# acme\nDRASON_DB=${join(trial.dir, 'here.db')}\nACME_KEY=secret-5f2a\n`);
  const env = { DRASON_ORG: 'default' };
  trial.write('rules.yaml', 'smartlead: { api_key_env: ACME_KEY }\nrules: []\n');
  const found = await origins(trial, [], env);
  expect(found.get('smartlead.api_key')).toEqual(['set', 'environment', 'ACME_KEY, .env:3']);
  expect(found.get('organization')).toEqual(['default', 'environment', 'DRASON_ORG']);
});

test('the cron line of the README works as pasted: from /, with an empty environment, the key in the .env beside the rules', async () => {
  const trial = await startTrial({ campaigns: ['123456'] });
  trial.write('leads.csv', 'email,persona,lead_score\njo@acme.com,VP Sales,85\n');
  await trial.summary(['ingest', 'leads.csv', '--no-push']);
  const db = join(trial.dir, 'trial.db');
  trial.write('.env', `SMARTLEAD_API_KEY=key-5f2a\nSMARTLEAD_BASE_URL=${trial.sandbox.url}\nDRASON_DB=${db}\n`);
  const [, pasted = ''] =
    /^ +\*\/10 \* \* \* \* +(drason retry.*)$/m.exec(readFileSync(join(ROOT, 'README.md'), 'utf8')) ?? [];
  const line = pasted
    .replace(/^drason/, `'${process.execPath}' '${BIN}'`)
    .replace('/etc/drason/rules.yaml', join(trial.dir, 'rules.yaml'));
  const waits = trial.query<{ run: string }>('SELECT id AS run FROM runs LIMIT 1')[0]?.run ?? '';
  const shown = await promisify(execFile)('env', ['-i', 'sh', '-c', `cd / && ${line} --run ${waits}`]);
  expect(shown).toEqual({ stdout: '', stderr: '' });
  expect(trial.states()).toEqual({ ACTIVE: 1 });
});
