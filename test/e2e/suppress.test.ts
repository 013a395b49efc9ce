import { expect, test } from 'vitest';
import { startTrial } from '../helpers/trial.js';
import { whyJson } from '../helpers/why.js';

const LEADS = `email,persona,lead_score
jane@acme.com,VP Sales,90
al@eu.acme.com,VP Sales,90
jo@globex.com,VP Sales,90
held@globex.com,CTO,10
`;

test('held leads of a suppressed address or domain are blocked at once, active ones stay, and none is pushed later', async () => {
  const trial = await startTrial();
  trial.write('leads.csv', LEADS);
  await trial.summary(['ingest', 'leads.csv', '--no-push']);
  const added = await trial.run(['suppress', 'add', 'acme.com', 'HELD@globex.com', '--reason', 'a client', '--json']);
  expect(JSON.parse(added.stdout)).toEqual({
    schema: 1,
    organization: 'default',
    added: 2,
    known: 0,
    blocked: 3,
    rejected: 0,
    still_mailed: { leads: 0, campaigns: [], emails: [] },
  });
  expect(trial.states()).toEqual({ BLOCKED: 3, 'HELD review': 1 });
  await trial.summary(['retry', '--held', '--reason', 'review']);
  expect(trial.memberships()).toEqual(['123456 jo@globex.com']);
  await trial.run(['suppress', 'add', 'globex.com']);
  expect(trial.states()).toEqual({ BLOCKED: 3, ACTIVE: 1 });
  expect((await trial.summary(['ingest', 'leads.csv'])).outcomes).toMatchObject({ blocked: 3, already_active: 1 });
});

test('whoever is in a campaign is told of, as Smartlead goes on mailing: addresses, domains, lists, in words and JSON', async () => {
  const trial = await startTrial();
  trial.write('leads.csv', `${LEADS}mo@globex.com,VP Sales,65\n`);
  await trial.summary(['ingest', 'leads.csv']);
  const one = await trial.run(['suppress', 'add', 'JANE@acme.com', 'held@globex.com']);
  expect(one).toMatchObject({ code: 0, stdout: '' });
  expect(one.stderr).toContain('2 added, 0 on the list already; 1 held leads are blocked now\n');
  expect(one.stderr).toMatch(
    /^⚠ Smartlead goes on mailing jane@acme\.com, who is in campaign 123456: drason takes nobody out/m,
  );
  expect(one.stderr).toMatch(/unsubscribe the lead in Smartlead, or use its global block list/);

  const still_mailed = {
    leads: 3,
    campaigns: [
      { campaign: '123456', name: null, leads: 2 },
      { campaign: '123457', name: null, leads: 1 },
    ],
    emails: expect.arrayContaining(['al@eu.acme.com', 'jo@globex.com', 'mo@globex.com']),
  };
  trial.write('dnc.csv', 'Domain\nglobex.com\neu.acme.com\nglobex.com\n');
  const list = await trial.run(['suppress', 'import', 'dnc.csv', '--map', 'email=Domain', '--json']);
  expect(JSON.parse(list.stdout)).toMatchObject({ blocked: 0, still_mailed });
  // Also when they are on the list already, and where an address is named beside its domain.
  const again = await trial.run(['suppress', 'add', 'jo@globex.com', 'globex.com', 'al@eu.acme.com']);
  expect(again.stderr).toContain('Smartlead goes on mailing 3 leads, who are in campaigns 123456: 2, 123457: 1');
  expect(again.stderr).toContain('mo@globex.com');
  expect(trial.states()).toEqual({ ACTIVE: 4, BLOCKED: 1 });
});

test('what is removed from the list comes back with the next ingest, not before', async () => {
  const trial = await startTrial();
  trial.write('leads.csv', LEADS);
  await trial.run(['suppress', 'add', '@acme.com']);
  expect((await trial.summary(['ingest', 'leads.csv'])).outcomes).toMatchObject({ blocked: 2, active: 1 });
  const { next } = await whyJson(trial, 'al@eu.acme.com');
  expect(next.can.map(({ command }) => command)).toEqual(['drason suppress remove acme.com']);
  const removed = await trial.run(['suppress', 'remove', '*.acme.com', 'nobody.example', '--json']);
  expect(removed.code).toBe(3);
  expect(JSON.parse(removed.stdout)).toMatchObject({ removed: ['*.acme.com'], unknown: ['nobody.example'] });
  await trial.summary(['retry', '--held']);
  expect(trial.states()).toMatchObject({ BLOCKED: 2 });
  expect((await trial.summary(['ingest', 'leads.csv'])).outcomes).toMatchObject({ active: 2, blocked: 0 });
});

test('a do-not-contact list is imported in any format that ingest reads, bad rows told one by one', async () => {
  const trial = await startTrial();
  trial.write('dnc.csv', 'Work Email;Note\r\njane@acme.com;x\r\nnot an address;y\r\nJO@globex.com;z\r\n');
  const imported = await trial.run(['suppress', 'import', 'dnc.csv', '--json']);
  expect(imported.code).toBe(3);
  expect(imported.stderr).toContain('dnc.csv:3: "not an address" is no address and no domain');
  expect(JSON.parse(imported.stdout)).toMatchObject({ added: 2, known: 0, rejected: 1 });
  trial.write('domains.csv', 'Domain\nacme.com\n');
  expect((await trial.run(['suppress', 'import', 'domains.csv', '--map', 'email=Domain'])).code).toBe(0);
  const listed = await trial.run(['suppress', 'list', '--json']);
  expect(JSON.parse(listed.stdout).rows.map((row: { value: string }) => row.value)).toEqual([
    'acme.com',
    'jane@acme.com',
    'jo@globex.com',
  ]);
  expect((await trial.run(['suppress', 'add', 'no domain'])).code).toBe(2);
});

test('a lead that is suppressed while it is in flight, and whose outcome is unknown, is never pushed again', async () => {
  const trial = await startTrial({ latencyMs: 3000, faults: () => '500' });
  trial.write('leads.csv', 'email,persona,lead_score\njane@acme.com,VP Sales,90\n');
  const pushing = trial.run(['ingest', 'leads.csv']);
  await expect.poll(() => trial.requests.length + inFlight(trial), { timeout: 10_000 }).toBeGreaterThan(0);
  await trial.run(['suppress', 'add', 'jane@acme.com']);
  await pushing;
  // the outcome of a 500 is unknown: it is looked up, never pushed again
  expect(trial.states()).toEqual({ 'HELD unknown': 1 });
  trial.sandbox.account.setCredits(null);
  const posts = trial.pushes().length;
  await trial.run(['retry', '--held', '--now']);
  await trial.run(['retry', '--held', '--now']);
  expect(trial.pushes()).toHaveLength(posts);
});

function inFlight(trial: { query: (sql: string) => unknown[] }): number {
  try {
    return trial.query('SELECT 1 FROM leads WHERE attempt_id IS NOT NULL').length;
  } catch {
    return 0;
  }
}

test('a list that also says who did not opt out spares these, counts them, and takes them with ignore', async () => {
  const trial = await startTrial();
  const rows = 'jane@acme.com,yes\njo@globex.com,no\nal@acme.com,\n';
  trial.write('list.csv', `email,Unsubscribed\n${rows}`);
  const imported = await trial.run(['suppress', 'import', 'list.csv', '--json']);
  expect(JSON.parse(imported.stdout)).toMatchObject({ added: 2, rejected: 0, kept: { Unsubscribed: 1 } });
  expect(imported.stderr).toContain('1 row not suppressed: column "Unsubscribed" says that they did not opt out');
  const all = await trial.run(['suppress', 'import', 'list.csv', '--map', 'ignore=Unsubscribed', '--json']);
  expect(JSON.parse(all.stdout)).toMatchObject({ added: 1, known: 2, kept: {} });
});
