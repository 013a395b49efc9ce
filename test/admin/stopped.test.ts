import { expect, test } from 'vitest';
import { startAdmin } from '../helpers/admin.js';
import { leadCsv, manyLeads, startTrial, type Trial } from '../helpers/trial.js';

const PAGE = '/admin/o/default/stopped';
const UNKNOWN = leadCsv([
  ['a@example.com', 'VP Sales', 65],
  ['b@example.com', 'VP Sales', 65],
  ['c@example.com', 'Marketing Manager', 75],
]);

async function until(ready: () => boolean): Promise<void> {
  while (!ready()) await new Promise((resolve) => setTimeout(resolve, 20));
}

const pushesTo = (trial: Trial, campaign: string) =>
  trial.pushes().filter(({ path, status }) => path.includes(`/campaigns/${campaign}/leads`) && status !== undefined)
    .length;

const lifted = (trial: Trial) =>
  trial.query<{ entity: string; entity_id: string; details: string }>(
    "SELECT entity, entity_id, details FROM audit_logs WHERE trigger = 'admin' AND action = 'stop_lifted'",
  );

test('a stopped campaign is told with its leads, and once it is lifted they reach Smartlead by themselves', async () => {
  const trial = await startTrial({ campaigns: ['123456', '123458'] });
  trial.write('leads.csv', UNKNOWN);
  await trial.summary(['ingest', 'leads.csv']);
  const admin = await startAdmin(trial);
  // the run has just tried it: the service leaves it alone for a minute
  expect(pushesTo(trial, '123457')).toBe(1);
  expect(trial.states()).toMatchObject({ 'HELD campaign_not_found': 2 });
  const page = await admin.get(PAGE);
  expect(page.text).toContain('Campaign 123457');
  expect(page.text).toContain('Smartlead does not know it');
  expect(page.text).toContain('2 leads');
  expect(page.text).toContain('Make the campaign in Smartlead, then lift it');

  trial.sandbox.account.ensureCampaigns(['123457']);
  const answer = await admin.post(PAGE, { campaign: '123457', reason: 'campaign_not_found' });
  expect(answer.status).toBe(303);
  await until(() => trial.states().ACTIVE === 3);
  expect(trial.memberships()).toEqual(['123457 a@example.com', '123457 b@example.com', '123458 c@example.com']);
  const after = await admin.get(answer.location);
  expect(after.text).toContain('The stop of campaign 123457 was lifted');
  expect(after.text).toContain('Nothing is stopped');

  const [entry, ...others] = lifted(trial);
  expect(others).toEqual([]);
  expect(entry).toMatchObject({ entity: 'campaign', entity_id: '123457' });
  expect(JSON.parse(entry?.details ?? '')).toMatchObject({ reason: 'campaign_not_found', campaign: '123457' });
  const again = await admin.post(PAGE, { campaign: '123457', reason: 'campaign_not_found' });
  expect((await admin.get(again.location)).text).toContain('does not stand any more');
  expect(lifted(trial)).toHaveLength(1);
});

test('a key that Smartlead refuses is told with everything that waits, and without a key nothing can be lifted', async () => {
  const trial = await startTrial();
  trial.write('leads.csv', manyLeads(5));
  const env = { SMARTLEAD_API_KEY: 'bad-key-77c1' };
  await trial.summary(['ingest', 'leads.csv'], { env });
  const admin = await startAdmin(trial, { env });
  const page = await admin.get(PAGE);
  expect(page.text).toContain('The key');
  expect(page.text).toContain('Smartlead refused the key');
  expect(page.text).toContain('5 leads');
  expect(page.text).not.toContain('bad-key-77c1');
  await admin.post(PAGE, { campaign: '', reason: 'auth' });
  expect(lifted(trial)).toMatchObject([{ entity: 'key' }]);
  await admin.serving.stop();

  const keyless = await startAdmin(trial, { env: { SMARTLEAD_API_KEY: '' } });
  const without = await keyless.get(PAGE);
  expect(without.text).toContain('neither SMARTLEAD_API_KEY nor SMARTLEAD_API_KEY_FILE is set');
  expect(without.text).not.toContain('Lift it</button>');
});

test('a pause that Smartlead asked for cannot be lifted, and a stop without a name is refused', async () => {
  const trial = await startTrial();
  const admin = await startAdmin(trial);
  const pause = await admin.post(PAGE, { campaign: '', reason: 'rate_limit' });
  expect((await admin.get(pause.location)).text).toContain('is a pause that Smartlead asked for');
  expect(lifted(trial)).toEqual([]);
  expect((await admin.post(PAGE, { campaign: '', reason: 'mood' })).status).toBe(400);
  expect((await admin.get(PAGE)).text).toContain('Nothing is stopped');
});
