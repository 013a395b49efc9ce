import { expect, test } from 'vitest';
import { manyLeads, rulesFor, startTrial } from '../helpers/trial.js';

const BOTH = 'smartlead:\n  settings: { ignore_duplicate_leads_in_other_campaign: false }\n';
const FIRST = rulesFor([['VP Sales', '123456']], BOTH);
const SECOND = rulesFor([['VP Sales', '123457']], BOTH);

test('the same list with rules that name another campaign: nothing is pushed, and the summary says so', async () => {
  const trial = await startTrial({ rules: FIRST });
  trial.write('leads.csv', manyLeads(3));
  await trial.summary(['ingest', 'leads.csv']);
  trial.write('rules.yaml', SECOND);
  trial.requests.length = 0;
  const summary = await trial.summary(['ingest', 'leads.csv']);
  expect(summary).toMatchObject({
    requests: 0,
    exit_code: 0,
    outcomes: { already_active: 3 },
    elsewhere: { 123457: 3 },
  });
  const told = await trial.run(['ingest', 'leads.csv']);
  expect(told.stdout).toMatch(/3 active leads would now go to campaign 123457; --again adds it/);
  expect(told.stdout.trimEnd().split('\n').at(-1)).toMatch(/drason ingest leads\.csv --again/);
  expect(trial.requests).toEqual([]);
  expect(trial.query('SELECT DISTINCT assigned_campaign_id AS id FROM leads')).toEqual([{ id: '123456' }]);
});

test('with --again every lead is in both campaigns, once each, however often it is said', async () => {
  const trial = await startTrial({ rules: FIRST });
  trial.write('leads.csv', manyLeads(3));
  await trial.summary(['ingest', 'leads.csv']);
  trial.write('rules.yaml', SECOND);
  const summary = await trial.summary(['ingest', 'leads.csv', '--again']);
  expect(summary).toMatchObject({ exit_code: 0, outcomes: { active: 3 }, elsewhere: {} });
  trial.requests.length = 0;
  expect(await trial.summary(['ingest', 'leads.csv', '--again'])).toMatchObject({ outcomes: { already_active: 3 } });
  trial.write('rules.yaml', FIRST);
  expect(await trial.summary(['ingest', 'leads.csv', '--again'])).toMatchObject({ outcomes: { already_active: 3 } });
  expect(trial.requests).toEqual([]);
  expect(trial.memberships()).toHaveLength(6);
  expect(trial.sandbox.account.membersOf('123457')).toHaveLength(3);
});

test('with --again and the default setting Smartlead skips them: held in_other_campaign, and the message names the setting', async () => {
  const trial = await startTrial({ rules: rulesFor([['VP Sales', '123456']]) });
  trial.write('leads.csv', manyLeads(3));
  await trial.summary(['ingest', 'leads.csv']);
  trial.write('rules.yaml', rulesFor([['VP Sales', '123457']]));
  const summary = await trial.summary(['ingest', 'leads.csv', '--again']);
  expect(summary).toMatchObject({ outcomes: { active: 0, held: 3 }, held_reasons: { in_other_campaign: 3 } });
  expect(trial.query<{ last_error: string }>('SELECT DISTINCT last_error FROM leads')).toEqual([
    { last_error: expect.stringContaining('ignore_duplicate_leads_in_other_campaign') },
  ]);
  expect(trial.memberships()).toHaveLength(3);

  expect((await trial.summary(['retry', '--held'])).rows).toBe(0);
  trial.write('rules.yaml', rulesFor([['VP Sales', '123456']]));
  const back = await trial.summary(['ingest', 'leads.csv', '--dry-run']);
  expect(back, 'by the old rules they are where they belong').toMatchObject({ outcomes: { already_active: 3 } });
  trial.write('rules.yaml', SECOND);
  const retry = await trial.summary(['retry', '--held', '--reason', 'in_other_campaign']);
  expect(retry).toMatchObject({ rows: 3, exit_code: 0, outcomes: { active: 3 } });
  expect(trial.memberships()).toHaveLength(6);
});

test('--again warns in one line of the setting that may take leads out of ACTIVE, and only where it is on', async () => {
  const trial = await startTrial({ rules: rulesFor([['VP Sales', '123456']]) });
  trial.write('leads.csv', manyLeads(1));
  const warned =
    /^warning: smartlead\.settings\.ignore_duplicate_leads_in_other_campaign is true.*HELD in_other_campaign$/m;
  expect((await trial.run(['ingest', 'leads.csv', '--again', '--quiet'])).stderr).toMatch(warned);
  expect((await trial.run(['ingest', 'leads.csv', '--again', '--dry-run'])).stderr).toMatch(warned);
  expect((await trial.run(['ingest', 'leads.csv'])).stderr).not.toMatch(/warning/);
  trial.write('rules.yaml', FIRST);
  expect((await trial.run(['ingest', 'leads.csv', '--again'])).stderr).not.toMatch(/warning/);
});
