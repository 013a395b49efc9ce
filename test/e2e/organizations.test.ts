import { expect, test } from 'vitest';
import { manyLeads, startTrial } from '../helpers/trial.js';

const RULES = `organizations:
  acme:
    smartlead: { api_key_env: ACME_KEY }
    rules:
      - { persona: VP Sales, target_campaign_id: "123456" }
  globex:
    smartlead: { api_key_env: GLOBEX_KEY }
    rules:
      - { persona: "*", target_campaign_id: "123457" }
`;
const env = { ACME_KEY: 'key-of-acme', GLOBEX_KEY: 'key-of-globex' };

test('each organization has its own rules, its own key and its own leads', async () => {
  const trial = await startTrial({ rules: RULES });
  trial.write('acme.csv', `${manyLeads(2)}cto@example.com,A,B,C,CTO,9\n`);
  trial.write('globex.csv', `${manyLeads(2, 'VP Sales', 85, 'other')}cio@example.com,A,B,C,CIO,9\n`);
  const acme = await trial.summary(['ingest', 'acme.csv', '--org', 'acme'], { env });
  expect(acme).toMatchObject({ organization: 'acme', exit_code: 0, outcomes: { active: 2, unassigned: 1 } });
  const globex = await trial.summary(['ingest', 'globex.csv'], { env: { ...env, DRASON_ORG: 'globex' } });
  expect(globex).toMatchObject({ organization: 'globex', exit_code: 0, outcomes: { active: 3 } });
  expect(trial.pushes().map(({ path, key }) => [path.split('/').at(-2), key])).toEqual([
    ['123456', 'key-of-acme'],
    ['123457', 'key-of-globex'],
  ]);
  expect(trial.query('SELECT organization_id AS org, count(*) AS n FROM leads GROUP BY 1 ORDER BY 1')).toEqual([
    { org: 'acme', n: 3 },
    { org: 'globex', n: 3 },
  ]);
});

test('the same person is a lead of each organization, and one does not know of the other', async () => {
  const trial = await startTrial({
    rules: RULES.replaceAll('_KEY }', '_KEY, settings: { ignore_duplicate_leads_in_other_campaign: false } }'),
  });
  trial.write('leads.csv', manyLeads(1));
  trial.write('out.csv', 'email,unsubscribed\nlead0@example.com,yes\n');
  await trial.summary(['ingest', 'out.csv', '--org', 'acme'], { env });
  expect(await trial.summary(['ingest', 'leads.csv', '--org', 'globex'], { env })).toMatchObject({
    outcomes: { active: 1 },
  });
  expect(await trial.summary(['ingest', 'leads.csv', '--org', 'acme'], { env })).toMatchObject({
    outcomes: { blocked: 1 },
  });
});

test('a retry of one organization leaves the other alone', async () => {
  const trial = await startTrial({ rules: RULES });
  trial.write('leads.csv', manyLeads(2));
  await trial.summary(['ingest', 'leads.csv', '--org', 'acme']);
  await trial.summary(['ingest', 'leads.csv', '--org', 'globex']);
  expect(trial.states()).toEqual({ 'HELD auth': 4 });
  expect(await trial.summary(['retry', '--held', '--org', 'acme'], { env })).toMatchObject({ rows: 2, exit_code: 0 });
  expect(trial.states()).toEqual({ ACTIVE: 2, 'HELD auth': 2 });
});

test.each([
  ['ingest', ['ingest', 'leads.csv']],
  ['retry', ['retry', '--held']],
  ['rules test', ['rules', 'test']],
])('%s does nothing without --org, and names the organizations', async (_name, args) => {
  const trial = await startTrial({ rules: RULES });
  trial.write('leads.csv', manyLeads(1));
  const result = await trial.run(args, { env });
  expect(result.code).toBe(2);
  expect(result.stderr).toMatch(/acme/);
  expect(result.stderr).toMatch(/globex/);
  expect(result.stderr).toMatch(/--org/);
  expect(trial.requests).toEqual([]);
});

test('an organization that is not in the file is refused, with the nearest name', async () => {
  const trial = await startTrial({ rules: RULES });
  const result = await trial.run(['rules', 'list', '--org', 'acmee']);
  expect(result.code).toBe(2);
  expect(result.stderr).toMatch(/acme/);
});
