import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Admin, startAdmin } from '../helpers/admin.js';
import { leadCsv, rulesFor, startTrial, type Trial } from '../helpers/trial.js';

const LEADS = '/admin/o/default/leads';

const idOf = (trial: Trial, email: string) =>
  trial.query<{ id: string }>('SELECT id FROM leads WHERE email = ?', email)[0]?.id ?? 'none';

async function withLeads(
  leads: ReadonlyArray<readonly [string, string, number]>,
  ...flags: string[]
): Promise<{ trial: Trial; admin: Admin; address: (email: string) => string }> {
  const trial = await startTrial({ rules: rulesFor([['VP Sales', '123456']]) });
  trial.write('leads.csv', leadCsv(leads));
  await trial.run(['ingest', 'leads.csv', ...flags]);
  return { trial, admin: await startAdmin(trial), address: (email) => `${LEADS}/${idOf(trial, email)}` };
}

/** What a page says, without its tags. */
const wordsOf = (html: string) =>
  html
    .replace(/<[^>]+>/g, ' ')
    .replaceAll('&#39;', "'")
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&')
    .replace(/\s+/g, ' ');

test('a lead tells its story as drason why does: arrival, decision, attempt, proof', async () => {
  const { trial, admin, address } = await withLeads([['jo@example.com', 'VP Sales', 85]]);
  const page = await admin.get(address('jo@example.com'));
  expect(page.status).toBe(200);
  const said = wordsOf(page.text);
  const { stdout } = await trial.run(['why', 'jo@example.com', '--json']);
  const told: { story: Array<{ text: string }>; next: { what: string; by_itself: string }; today: { text: string } } =
    JSON.parse(stdout);
  expect(told.story.length).toBeGreaterThan(1);
  for (const { text } of told.story) expect(said).toContain(text);
  expect(said).toContain(told.next.what);
  expect(said).toContain(told.next.by_itself);
  expect(said).toContain(told.today.text);
  expect(said).toContain("Smartlead's counters");
  expect(said).toContain('Company 0');
  expect(page.text).not.toContain('Retry now');
});

test('what a person can do is a button where the page can do it, and a command elsewhere', async () => {
  const { admin, address } = await withLeads([['no@example.com', 'Chef', 85]]);
  const { text } = await admin.get(address('no@example.com'));
  expect(wordsOf(text)).toContain(
    'Retry now At once, whatever its waiting time; stops of the key and of campaigns are lifted.',
  );
  expect(text).not.toContain('drason retry');
  expect(wordsOf(text)).toMatch(/drason ingest \S*leads\.csv --db \S+trial\.db/);
});

test('a failed push is retried from its page and ends ACTIVE', async () => {
  const { trial, admin, address } = await withLeads([['rev@example.com', 'VP Sales', 85]], '--no-push');
  const answer = await admin.post(`${address('rev@example.com')}/retry`);
  expect(answer.status).toBe(303);
  await admin.jobEnd(answer.location);
  expect(trial.states()).toEqual({ ACTIVE: 1 });
  const again = await admin.post(`${address('rev@example.com')}/retry`);
  expect(again.status).toBe(400);
  expect(again.text).toContain('only HELD leads are retried');
});

test('a lead is suppressed by its address, or with everyone at its domain, for the reason given', async () => {
  const { trial, admin, address } = await withLeads([
    ['a@one-firm.com', 'Chef', 1],
    ['b@one-firm.com', 'Chef', 1],
    ['c@two-firm.com', 'Chef', 1],
    ['d@two-firm.com', 'Chef', 1],
  ]);
  const one = await admin.post(`${address('a@one-firm.com')}/suppress`, { whom: 'address', reason: 'by phone' });
  expect(one.status).toBe(303);
  expect(wordsOf((await admin.get(one.location)).text)).toContain('Suppressed; 1 held lead blocked.');
  await admin.post(`${address('c@two-firm.com')}/suppress`, { whom: 'domain', reason: '' });
  expect(trial.query('SELECT email, status FROM leads ORDER BY email')).toEqual([
    { email: 'a@one-firm.com', status: 'BLOCKED' },
    { email: 'b@one-firm.com', status: 'HELD' },
    { email: 'c@two-firm.com', status: 'BLOCKED' },
    { email: 'd@two-firm.com', status: 'BLOCKED' },
  ]);
  expect(trial.query('SELECT value, reason, source FROM suppressions ORDER BY value')).toEqual([
    { value: 'a@one-firm.com', reason: 'by phone', source: 'admin page' },
    { value: 'two-firm.com', reason: 'on your list', source: 'admin page' },
  ]);
});

test('forgetting asks first, erases the person everywhere, and says where Smartlead still has them', async () => {
  const { trial, admin, address } = await withLeads([
    ['gone@example.com', 'VP Sales', 85],
    ['stays@example.com', 'VP Sales', 85],
  ]);
  const page = `${address('gone@example.com')}/forget`;
  const question = await admin.get(page);
  expect(wordsOf(question.text)).toContain('campaign 123456: delete them there as well');
  expect(trial.query('SELECT * FROM leads')).toHaveLength(2);
  const answer = await admin.post(page);
  expect(answer.status).toBe(303);
  expect(answer.location).not.toContain('gone');
  const after = await admin.get(answer.location);
  expect(wordsOf(after.text)).toContain(
    'The person is erased. Smartlead still has, or may have, the person in campaign 123456: delete them there as well.',
  );
  expect(after.text).not.toContain('gone@example.com');
  expect(trial.query('SELECT email FROM leads')).toEqual([{ email: 'stays@example.com' }]);
  for (const file of ['trial.db', 'trial.db-wal']) {
    expect(readFileSync(join(trial.dir, file)).includes('gone@example.com'), file).toBe(false);
  }
  expect((await admin.get(page)).status).toBe(404);
});

test('a lead of another organization, or none, is not found, and nothing is done to it', async () => {
  const trial = await startTrial({
    rules: `organizations:
  one:
    rules: [{ persona: VP Sales, target_campaign_id: "123456" }]
  two:
    rules: [{ persona: VP Sales, target_campaign_id: "123456" }]
`,
  });
  trial.write('leads.csv', leadCsv([['jo@example.com', 'VP Sales', 85]]));
  await trial.run(['ingest', 'leads.csv', '--org', 'one', '--no-push']);
  const admin = await startAdmin(trial);
  const id = idOf(trial, 'jo@example.com');
  expect((await admin.get(`/admin/o/one/leads/${id}`)).status).toBe(200);
  for (const wrong of [`/admin/o/two/leads/${id}`, '/admin/o/one/leads/nobody']) {
    expect((await admin.get(wrong)).status).toBe(404);
    expect((await admin.get(`${wrong}/forget`)).status).toBe(404);
    for (const act of ['retry', 'suppress', 'forget']) {
      expect((await admin.post(`${wrong}/${act}`, { whom: 'address', reason: '' })).status).toBe(404);
    }
  }
  const picked = await admin.post('/admin/o/two/leads/retry', { what: 'selected', lead: [id] });
  expect(picked.status).toBe(400);
  expect(trial.states()).toEqual({ 'HELD review': 1 });
  expect(trial.query('SELECT * FROM suppressions')).toEqual([]);
});
