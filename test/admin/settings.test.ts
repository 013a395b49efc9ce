import { expect, test } from 'vitest';
import { z } from 'zod';
import { startAdmin } from '../helpers/admin.js';
import { createKey } from '../helpers/serve.js';
import { manyLeads, rulesFor, startTrial, type Trial } from '../helpers/trial.js';

const PAGE = '/admin/o/default/settings';
const SIZE = 'smartlead.batch_size';
const LIMIT = 'smartlead.rate_limit';
const IN_OTHERS = 'smartlead.settings.ignore_duplicate_leads_in_other_campaign';
const RULES = rulesFor([['VP Sales', '123456']], 'smartlead:\n  batch_size: 50\n');

const bodySchema = z.object({
  lead_list: z.array(z.object({ email: z.string() })),
  settings: z.looseObject({ ignore_duplicate_leads_in_other_campaign: z.boolean() }),
});
const bodies = (trial: Trial) => trial.pushes().map(({ body }) => bodySchema.parse(body));
const changes = (trial: Trial) =>
  trial.query<{ details: string }>("SELECT details FROM audit_logs WHERE action = 'setting_changed' ORDER BY id");

test('a batch size kept in the database holds for an ingest, and is named where it comes from', async () => {
  const trial = await startTrial({ rules: RULES });
  const admin = await startAdmin(trial);
  const fresh = await admin.get(PAGE);
  expect(fresh.text).toContain('rules.yaml:2');
  expect(fresh.text).toContain('Nothing was changed here.');
  const answer = await admin.post(PAGE, { [SIZE]: '10' });
  expect(answer.status).toBe(303);
  expect((await admin.get(answer.location)).text).toContain('Changed: smartlead.batch_size');
  await admin.serving.stop();

  trial.write('leads.csv', manyLeads(30));
  const { result, ...summary } = await trial.summary(['ingest', 'leads.csv']);
  expect(summary.outcomes.active).toBe(30);
  expect(bodies(trial).map(({ lead_list }) => lead_list.length)).toEqual([10, 10, 10]);
  const from = expect.stringMatching(/^admin page, \d{4}-\d\d-\d\dT[\d:.]+Z$/);
  expect(JSON.parse(result.stdout).settings_from).toContainEqual({ setting: SIZE, from });
  const config = await trial.run(['config', '--show-origin', '--json']);
  const { rows } = z.object({ rows: z.array(z.looseObject({ setting: z.string() })) }).parse(JSON.parse(config.stdout));
  expect(rows.find(({ setting }) => setting === SIZE)).toEqual({ setting: SIZE, value: 10, origin: 'database', from });
  expect(rows.find(({ setting }) => setting === LIMIT)).toMatchObject({ origin: 'default' });
  const doctor = await trial.run(['doctor']);
  expect(doctor.stdout).toMatch(/kept in the database over the rules file, set on the admin\s+page: .*batch_size 10/);
});

test('a switch changed on the page is in the next request of the service at work', async () => {
  const trial = await startTrial({ rules: RULES });
  const { key } = await createKey(trial);
  const admin = await startAdmin(trial);
  const send = async (email: string) => {
    const lead = { email, persona: 'VP Sales', lead_score: 90 };
    const { body } = await admin.serving.post('/api/ingest', lead, { 'x-api-key': key });
    expect(body.data?.status).toBe('ACTIVE');
  };
  await send('ann@example.com');
  await admin.post(PAGE, { [IN_OTHERS]: 'false' });
  await send('bo@example.com');
  await admin.post(`${PAGE}/back`, { setting: IN_OTHERS });
  await send('cy@example.com');
  const sent = bodies(trial).map(({ settings }) => settings.ignore_duplicate_leads_in_other_campaign);
  expect(sent).toEqual([true, false, true]);
  expect(changes(trial).map(({ details }) => JSON.parse(details))).toEqual([
    { setting: IN_OTHERS, was: null, now: false, by: 'administrator' },
    { setting: IN_OTHERS, was: false, now: null, by: 'administrator' },
  ]);
  const page = await admin.get(PAGE);
  expect(page.text).toContain('as in the rules file');
});

test('a wrong value is refused in words beside its field, with what was typed, and nothing else is changed', async () => {
  const trial = await startTrial({ rules: RULES });
  const admin = await startAdmin(trial);
  const typed = '10 per <b>fortnight</b>';
  const { status, text } = await admin.post(PAGE, { [SIZE]: '401', [LIMIT]: typed, [IN_OTHERS]: 'false' });
  expect(status).toBe(400);
  expect(text).toContain('expected a whole number from 1 to 400');
  expect(text).toContain('expected a time span with its unit');
  expect(text).toContain('value="401"');
  expect(text).toContain('value="10 per &lt;b&gt;fortnight&lt;/b&gt;"');
  expect(text).not.toContain('<b>');
  expect(changes(trial)).toEqual([]);
  expect(await admin.post(`${PAGE}/back`, { setting: 'smartlead.base_url' })).toMatchObject({ status: 400 });
});
