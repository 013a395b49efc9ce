import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { CLAY_SECRET, RULES, sign, WEBHOOK_SECRET } from '../helpers/doors.js';
import { until } from '../helpers/faults.js';
import { createKey, startServe } from '../helpers/serve.js';
import { leadCsv, manyLeads, startTrial } from '../helpers/trial.js';

const run = promisify(execFile);
const SECRETS = { CLAY_WEBHOOK_SECRET: CLAY_SECRET, SMARTLEAD_WEBHOOK_SECRET: WEBHOOK_SECRET };
const LEAD = { email: 'test@example.com', persona: 'VP Sales', lead_score: 85 };

test('the two curl commands of the manual end ACTIVE', async () => {
  const trial = await startTrial({ rules: RULES });
  const { key } = await createKey(trial);
  const { url } = await startServe(trial, { env: SECRETS });
  const json = ['-s', '-X', 'POST', '-H', 'Content-Type: application/json'];
  const api = await run('curl', [
    ...json,
    `${url}/api/ingest`,
    ...['-H', `X-API-Key: ${key}`],
    '-d',
    '{"email":"test@example.com","persona":"VP Sales","lead_score":85,"first_name":"First","last_name":"Last","company":"Company","source":"api"}',
  ]);
  const body =
    '{"email":"test2@example.com","persona":"Marketing Manager","lead_score":75,"first_name":"First","last_name":"Last","company":"Company"}';
  const signature = `X-Clay-Signature: ${sign(CLAY_SECRET, body)}`;
  const clay = await run('curl', [...json, `${url}/api/ingest/clay?orgId=default`, '-H', signature, '-d', body]);
  for (const { stdout } of [api, clay]) {
    expect(JSON.parse(stdout)).toMatchObject({
      success: true,
      data: { message: 'Lead ingested successfully', status: 'ACTIVE', pushedToSmartlead: true },
    });
  }
  expect(trial.states()).toEqual({ ACTIVE: 2 });
  expect(trial.memberships()).toEqual(['123456 test@example.com', '123458 test2@example.com']);
});

test('the same lead by file, by stdin, over the API and from Clay is one decision, one row, one membership', async () => {
  const trial = await startTrial({ rules: RULES });
  const lead = { ...LEAD, first_name: 'First0', last_name: 'Last0', company: 'Company 0', source: 'everywhere' };
  const fields = (row: Record<string, unknown>) =>
    Object.fromEntries(Object.keys(lead).map((name) => [name, row[name]]));
  const csv = `${Object.keys(lead).join()}\n${Object.values(lead).join()}\n`;
  trial.write('leads.csv', csv);
  const { key } = await createKey(trial);
  const serving = await startServe(trial, { env: SECRETS });

  expect((await serving.post('/api/ingest', lead, { 'x-api-key': key })).body.data?.status).toBe('ACTIVE');
  const rows = () => trial.query<Record<string, unknown>>('SELECT * FROM leads');
  const [first = {}] = rows();
  expect(await trial.summary(['ingest', 'leads.csv'])).toMatchObject({ outcomes: { already_active: 1 }, requests: 0 });
  expect(await trial.summary(['ingest', '-'], { stdin: JSON.stringify(lead) })).toMatchObject({
    outcomes: { already_active: 1 },
    requests: 0,
  });
  const text = JSON.stringify(lead);
  const clay = await serving.post('/api/ingest/clay', text, { 'x-clay-signature': sign(CLAY_SECRET, text) });
  expect(clay.body.data).toMatchObject({ leadId: first.id, status: 'ACTIVE' });
  expect(rows()).toHaveLength(1);
  expect(fields(rows()[0] ?? {})).toEqual(lead);
  expect(rows()[0]).toMatchObject({ updated_at: first.updated_at, health_score: first.health_score });
  const decisions = trial.query<{ details: string }>("SELECT details FROM audit_logs WHERE action = 'assigned'");
  expect(decisions).toHaveLength(1);
  expect(trial.pushes()).toHaveLength(1);
  expect(trial.memberships()).toEqual(['123456 test@example.com']);
});

test('each door decides alike: health, score, rule and campaign of one lead in four databases are the same', async () => {
  const decided: unknown[] = [];
  for (const door of ['file', 'stdin', 'api', 'clay']) {
    const trial = await startTrial({ rules: RULES });
    const lead = {
      email: 'sales@example.com',
      persona: 'vp sales',
      lead_score: 80,
      company: 'C',
      source: 's',
      ICP: 'x',
    };
    if (door === 'file') {
      trial.write('l.csv', `${Object.keys(lead).join()}\n${Object.values(lead).join()}\n`);
      await trial.summary(['ingest', 'l.csv']);
    } else if (door === 'stdin') await trial.summary(['ingest', '-'], { stdin: JSON.stringify(lead) });
    else {
      const { key } = await createKey(trial);
      const serving = await startServe(trial, { env: SECRETS });
      if (door === 'api') await serving.post('/api/ingest', lead, { 'x-api-key': key });
      else await serving.post('/api/ingest/clay', lead, { 'x-clay-secret': CLAY_SECRET });
    }
    const [{ details } = { details: '{}' }] = trial.query<{ details: string }>(
      "SELECT details FROM audit_logs WHERE action = 'assigned'",
    );
    const { run: _run, file: _file, line: _line, ...decision } = JSON.parse(details);
    const columns =
      'email, persona, lead_score, company, source, custom_fields, status, health_classification, health_score, assigned_campaign_id';
    decided.push({ decision, row: trial.query(`SELECT ${columns} FROM leads`)[0] });
  }
  expect(decided[0]).toMatchObject({ row: { status: 'ACTIVE', health_classification: 'YELLOW' } });
  for (const other of decided) expect(other).toEqual(decided[0]);
});

test('without a key for Smartlead it starts, stores, holds auth, and /readyz says so', async () => {
  const trial = await startTrial({ rules: RULES });
  const { key } = await createKey(trial);
  const serving = await startServe(trial, { env: { SMARTLEAD_API_KEY: '' } });
  const said = /no Smartlead key: neither SMARTLEAD_API_KEY nor SMARTLEAD_API_KEY_FILE is set/;
  expect(await until(() => said.test(serving.stderr()))).toBe(true);
  expect(await serving.get('/healthz')).toMatchObject({ status: 200, body: { success: true } });
  expect(await serving.get('/readyz')).toMatchObject({
    status: 503,
    body: {
      success: false,
      error: { code: 'NOT_READY', message: expect.stringMatching(/^default: no Smartlead key/) },
    },
  });
  expect(await serving.post('/api/ingest', LEAD, { 'x-api-key': key })).toMatchObject({
    status: 200,
    body: { data: { message: 'Lead ingested (push failed)', status: 'HELD', holdReason: 'auth' } },
  });
  expect(await serving.stop()).toEqual({ code: 0, signal: null });
  expect(trial.states()).toEqual({ 'HELD auth': 1 });
  // with a key it is pushed at once
  const again = await startServe(trial);
  expect(await again.get('/readyz')).toMatchObject({ status: 200, body: { data: { status: 'ready' } } });
  expect(await until(() => trial.states().ACTIVE === 1)).toBe(true);
});

test('leads that a killed run left behind are pushed by the service, beside runs on the same database', async () => {
  const trial = await startTrial({ rules: RULES, rateLimit: null, latencyMs: 300 });
  trial.write('leads.csv', manyLeads(2500));
  const killed = trial.run(['ingest', 'leads.csv'], {
    onStart: (child) => void until(() => trial.pushes().length > 2).then(() => child.kill('SIGKILL')),
  });
  await killed;
  const stored = trial.query('SELECT 1 FROM leads').length;
  expect(trial.states().ACTIVE ?? 0).toBeLessThan(stored);
  await startServe(trial);
  trial.write('more.csv', manyLeads(200, 'VP Sales', 85, 'more'));
  expect(await trial.summary(['ingest', 'more.csv'])).toMatchObject({ exit_code: 0, outcomes: { active: 200 } });
  expect(await until(() => trial.states().ACTIVE === stored + 200)).toBe(true);
  expect(trial.memberships()).toHaveLength(stored + 200);
});

test('several organizations: each has its key, its rules, its leads; a key of another opens nothing', async () => {
  const rules = `organizations:
  acme: { rules: [{ persona: "*", target_campaign_id: "123456" }] }
  globex: { smartlead: { api_key_env: GLOBEX_KEY }, rules: [{ persona: "*", target_campaign_id: "123457" }] }
`;
  const trial = await startTrial({ rules });
  const acme = await createKey(trial, ['--org', 'acme']);
  const globex = await createKey(trial, ['--org', 'globex']);
  const serving = await startServe(trial, { env: { GLOBEX_KEY: 'globex-key-9' } });
  for (const [email, { key }] of Object.entries({ 'a@example.com': acme, 'g@example.com': globex })) {
    expect(await serving.post('/api/ingest', { ...LEAD, email }, { 'x-api-key': key })).toMatchObject({ status: 200 });
  }
  expect(trial.query('SELECT organization_id, email, assigned_campaign_id, status FROM leads ORDER BY 1')).toEqual([
    { organization_id: 'acme', email: 'a@example.com', assigned_campaign_id: '123456', status: 'ACTIVE' },
    { organization_id: 'globex', email: 'g@example.com', assigned_campaign_id: '123457', status: 'ACTIVE' },
  ]);
  expect(new Set(trial.pushes().map((push) => push.key))).toEqual(new Set(['trial-key-5f2a', 'globex-key-9']));
  await serving.stop();
  const one = await startServe(trial, { args: ['--org', 'acme'] });
  expect(await one.post('/api/ingest', LEAD, { 'x-api-key': globex.key })).toMatchObject({ status: 401 });
});

test('keys are made, shown once, listed without the key, and revoked at once while the service runs', async () => {
  const trial = await startTrial({ rules: RULES });
  const made = await trial.run(['keys', 'create', '--name', 'signup form']);
  expect(made.stdout).toMatch(/^drason_[\w-]{43}\n$/);
  expect(made.stderr).toMatch(/It is not shown again/);
  const second = await createKey(trial);
  const json = await trial.run(['keys', 'create', '--json']);
  expect(JSON.parse(json.stdout)).toMatchObject({ schema: 1, id: expect.any(String), key: expect.any(String) });

  const listed = await trial.run(['keys', 'list', '--json']);
  expect(JSON.parse(listed.stdout)).toMatchObject({
    schema: 1,
    rows: [{ name: 'signup form', revoked_at: null }, {}, {}],
  });
  expect(listed.stdout + (await trial.run(['keys', 'list'])).stdout).not.toContain('drason_');

  const serving = await startServe(trial);
  const send = () => serving.post('/api/ingest?wait=0', LEAD, { 'x-api-key': second.key });
  expect((await send()).status).toBe(200);
  expect((await trial.run(['keys', 'revoke', second.id])).code).toBe(0);
  expect((await send()).status).toBe(401);
  expect((await serving.post('/api/ingest?wait=0', LEAD, { 'x-api-key': made.stdout.trim() })).status).toBe(200);
  const unknown = await trial.run(['keys', 'revoke', 'nothing']);
  expect(unknown).toMatchObject({ code: 2, stderr: expect.stringMatching(/default has no key nothing/) });
});

test('listing or revoking keys where there is no database makes none', async () => {
  const trial = await startTrial({ rules: RULES });
  for (const args of [['list'], ['revoke', 'x']]) {
    const result = await trial.run(['keys', ...args]);
    expect(result).toMatchObject({ code: 2, stderr: expect.stringContaining(join(trial.dir, 'trial.db')) });
  }
  expect(existsSync(join(trial.dir, 'trial.db'))).toBe(false);
});

test('a secret that is missing is said at the start, for a sender is told nothing', async () => {
  const trial = await startTrial({
    rules: 'clay: { secret_env: CLAY_SECRET }\nrules: [{ persona: "*", target_campaign_id: "1" }]\n',
  });
  const { stderr } = await startServe(trial);
  await expect.poll(stderr).toContain('default: clay.secret_env: neither CLAY_SECRET nor CLAY_SECRET_FILE is set');
  expect(stderr()).toContain('default: smartlead.webhook_secret_env is not set');
});

test('a port that is taken, and a host that is not here, are exit 2 with what to do', async () => {
  const trial = await startTrial({ rules: RULES });
  const { port } = await startServe(trial);
  const taken = await trial.run(['serve', '--port', String(port)]);
  expect(taken).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/cannot listen on 127\.0\.0\.1:\d+.*EADDRINUSE/),
  });
  expect(taken.stderr).toMatch(/--port/);
  expect((await trial.run(['serve', '--host', '192.0.2.1'])).code).toBe(2);
  expect((await trial.run(['serve', '--port', 'http'])).code).toBe(2);
});

test('--sandbox needs no account: a lead over HTTP ends ACTIVE in the stand-in', async () => {
  const trial = await startTrial({ rules: RULES });
  const db = ['--sandbox', '--db', join(trial.dir, 'rehearsal.db')];
  const { key } = await createKey(trial, db);
  const serving = await startServe(trial, { args: db, env: { SMARTLEAD_API_KEY: '' } });
  expect(await serving.post('/api/ingest', LEAD, { 'x-api-key': key })).toMatchObject({
    body: { data: { status: 'ACTIVE' } },
  });
  expect(trial.requests).toEqual([]);
});

test('the log is one JSON object a line: the push of every lead, and each request with its id', async () => {
  const trial = await startTrial({ rules: RULES, campaigns: ['123456'] });
  const { key } = await createKey(trial);
  const serving = await startServe(trial);
  const sent = await serving.post('/api/ingest', LEAD, { 'x-api-key': key });
  await serving.post('/api/ingest', { ...LEAD, email: 'b@example.com', lead_score: 61 }, { 'x-api-key': key });
  await serving.stop();
  const lines = serving
    .stdout()
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  const messages = lines.map(({ msg }) => msg);
  expect(messages).toEqual(
    expect.arrayContaining([
      '[INGEST] Pushing lead test@example.com to Smartlead campaign 123456',
      '[SMARTLEAD] Successfully pushed lead to campaign',
      '[INGEST] Successfully pushed lead test@example.com to Smartlead campaign 123456',
      expect.stringMatching(/^\[SMARTLEAD\] Failed to push lead to campaign: status 404, /),
      '[INGEST] Failed to push lead b@example.com to Smartlead campaign 123457',
    ]),
  );
  expect(lines).toContainEqual(
    expect.objectContaining({
      requestId: sent.headers.get('x-request-id'),
      organization: 'default',
      keyId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      method: 'POST',
      path: '/api/ingest',
      status: 200,
      msg: 'request',
    }),
  );
  expect(messages.at(-1)).toBe('stopped');
  expect(lines.every(({ level, time }) => typeof level === 'string' && !Number.isNaN(Date.parse(time)))).toBe(true);
});

test('/openapi.json describes the doors as they are', async () => {
  const trial = await startTrial({ rules: RULES });
  const serving = await startServe(trial);
  const { status, text } = await serving.get('/openapi.json');
  expect(status).toBe(200);
  const api = JSON.parse(text);
  expect(api.openapi).toBe('3.1.0');
  expect(Object.keys(api.paths)).toEqual(
    expect.arrayContaining(['/api/ingest', '/api/ingest/clay', '/api/webhooks/smartlead']),
  );
  expect(api.components.schemas.Lead.required).toEqual(['email', 'persona', 'lead_score']);
  for (const path of Object.values<{ post: { responses: object } }>(api.paths)) {
    expect(Object.keys(path.post.responses)).toEqual(
      expect.arrayContaining(['200', '400', '401', '413', '429', '503']),
    );
  }
});

test('a backup taken while leads come in is a sound database with every lead that was there', async () => {
  const trial = await startTrial({ rules: RULES, rateLimit: null });
  const { key } = await createKey(trial);
  const serving = await startServe(trial);
  trial.write('leads.csv', manyLeads(20_000));
  await trial.summary(['ingest', 'leads.csv', '--no-push']);
  let posting = true;
  const posts = (async () => {
    for (let n = 0; posting; n++) {
      await serving.post('/api/ingest?wait=0', { ...LEAD, email: `post${n}@example.com` }, { 'x-api-key': key });
    }
  })();
  const result = await trial.run(['backup', 'copy.db', '--json']);
  posting = false;
  await posts;
  expect(JSON.parse(result.stdout)).toMatchObject({ schema: 1, file: 'copy.db', bytes: expect.any(Number) });
  const copied = await trial.run(['ingest', '-', '--json', '--db', 'copy.db', '--no-push'], {
    stdin: leadCsv([['lead19999@example.com', 'VP Sales', 85]]),
  });
  expect(JSON.parse(copied.stdout)).toMatchObject({ exit_code: 0, outcomes: { held: 1 } });
  expect((await trial.run(['backup', 'copy.db'])).code).toBe(2);
  expect((await trial.run(['backup', 'no/such/folder/copy.db'])).code).toBe(2);
  expect((await trial.run(['backup', 'x.db', '--db', 'none.db'])).code).toBe(2);
});
