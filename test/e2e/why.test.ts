import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import BetterSqlite3 from 'better-sqlite3';
import { expect, test } from 'vitest';
import { displayWidth } from '../../src/cli/display-width.js';
import { makeTerminal } from '../../src/cli/terminal.js';
import { whyText } from '../../src/cli/why-view.js';
import { systemClock } from '../../src/clock.js';
import { closeStore, openStoreReadOnly } from '../../src/store/engine/open.js';
import { leadStory } from '../../src/story/lead-story.js';
import { until } from '../helpers/faults.js';
import { leadCsv, manyLeads, rulesFor, startTrial, type Trial } from '../helpers/trial.js';
import { follow, whyJson } from '../helpers/why.js';

const RULES = rulesFor([['VP Sales', '123456']]);
const JO = leadCsv([['jo@example.com', 'VP Sales', 85]]);

async function ingested(leads: string, options: Parameters<typeof startTrial>[0] = {}): Promise<Trial> {
  const trial = await startTrial({ rules: RULES, ...options });
  trial.write('leads.csv', leads);
  await trial.run(['ingest', 'leads.csv', '--max-wait', '100ms']);
  return trial;
}

test('a lead that is there: where it came from, which rule took it, what proved it', async () => {
  const trial = await ingested(JO, {
    rules: rulesFor([
      ['CTO', '123457'],
      ['VP Sales', '123456'],
    ]),
  });
  const told = await whyJson(trial, ' JO@Example.com ');
  expect(told).toMatchObject({
    schema: 1,
    email: 'jo@example.com',
    lead: { status: 'ACTIVE', hold_reason: null, organization_id: 'default', first_name: 'First0', lead_score: 85 },
    story: [
      {
        kind: 'arrival',
        file: 'leads.csv',
        line: 2,
        again: false,
        decision: {
          health_classification: 'GREEN',
          campaign: '123456',
          tried: [
            { matched: false, miss: 'persona', why: 'is for CTO, the lead is "VP Sales"' },
            { matched: true, rule: 'VP Sales ≥ 0 → 123456 (priority 0)' },
          ],
        },
      },
      { kind: 'attempt', step: 'push', leads: 1, http_status: 200, result: { evidence: 'id_map' } },
    ],
    memberships: [{ campaign: '123456', name: null, evidence: 'id_map', smartlead_lead_id: expect.any(String) }],
    next: { at: null, in_flight: null, stops: [], can: [] },
    today: { not_looked: null, differs: false, command: null },
  });
});

test("attempts are numbered as the lead's own, whatever other leads went before it", async () => {
  const trial = await ingested(JO);
  trial.write('late.csv', leadCsv([['late@example.com', 'VP Sales', 85]]));
  await trial.run(['ingest', 'late.csv']);
  const { story, memberships } = await whyJson(trial, 'late@example.com');
  expect(story.find(({ kind }) => kind === 'attempt')).toMatchObject({ attempt: 2, number: 1 });
  expect(memberships).toMatchObject([{ attempt: 2, number: 1 }]);
  const { stdout } = await trial.run(['why', 'late@example.com']);
  expect(stdout).toContain('Attempt 1: sent to campaign 123456 alone.');
  expect(stdout).not.toContain('ttempt 2');
});

test('each arrival is told, also one that brought nothing new, and the name of a campaign where it is known', async () => {
  const trial = await ingested(JO);
  trial.write('more.csv', 'email,company,persona,lead_score\njo@example.com,New Name,VP Sales,85\n');
  await trial.summary(['ingest', 'more.csv']);
  await trial.summary(['ingest', 'leads.csv', '--on-existing', 'skip']);
  const db = new BetterSqlite3(join(trial.dir, 'trial.db'));
  db.prepare(
    "INSERT INTO campaigns VALUES ('default', '123456', 'Autumn', 'ACTIVE', '2026-01-01T00:00:00.000Z')",
  ).run();
  db.close();
  const { stdout } = await trial.run(['why', 'jo@example.com']);
  expect(stdout).toContain('jo@example.com  ACTIVE · campaign 123456 (Autumn)');
  expect(stdout).toMatch(/Came again from more\.csv, line 2, with new values for company; it stayed where it was\./);
  expect(stdout).toMatch(/Came again from leads\.csv; nothing about it was changed\./);
  expect(stdout).toMatch(/sent to campaign 123456 \(Autumn\) alone/);
});

test('an old decision is told by the rules, the persona and the score of its time', async () => {
  const trial = await ingested(leadCsv([['jo@example.com', 'CTO', 10]]));
  trial.write(
    'rules.yaml',
    rulesFor([
      ['VP Sales', '123456'],
      ['Founder', '123457'],
    ]),
  );
  trial.write('leads.csv', leadCsv([['jo@example.com', 'Founder', 95]]));
  await trial.summary(['ingest', 'leads.csv', '--no-push']);
  const { story } = await whyJson(trial, 'jo@example.com');
  expect(story.map(({ decision }) => decision)).toMatchObject([
    { persona: 'CTO', lead_score: 10, campaign: null, tried: [{ why: 'is for VP Sales, the lead is "CTO"' }] },
    {
      persona: 'Founder',
      lead_score: 95,
      campaign: '123457',
      tried: [{ why: 'is for VP Sales, the lead is "Founder"' }, { matched: true }],
    },
  ]);
});

test.each([
  [
    'another campaign',
    rulesFor([['VP Sales', '123457']]),
    /would send it to campaign 123457/,
    /^drason ingest leads\.csv --again$/,
  ],
  ['no rule', rulesFor([['CTO', '123457']]), /no rule would match it/, null],
  ['blocked', `health: { block: [example.com] }\n${RULES}`, /would be blocked \(suppressed: on the block list/, null],
])('an ACTIVE lead and the rules of today: %s', async (_name, rules, text, command) => {
  const trial = await ingested(JO);
  trial.write('rules.yaml', rules);
  const { today } = await whyJson(trial, 'jo@example.com');
  expect(today).toMatchObject({ differs: true, text: expect.stringMatching(text) });
  if (command === null) expect(today.command).toBeNull();
  else {
    expect(today.command).toMatch(command);
    expect(today.text).toContain('Set smartlead.settings.ignore_duplicate_leads_in_other_campaign to false first');
    const settings = '{ ignore_duplicate_leads_in_other_campaign: false }';
    trial.write('rules.yaml', `smartlead: { settings: ${settings} }\n${rules}`);
    await follow(trial, today.command);
    const told = await whyJson(trial, 'jo@example.com');
    expect(told.memberships.map(({ campaign }) => campaign)).toEqual(['123456', '123457']);
    expect(told.today.differs).toBe(false);
  }
});

test('a HELD lead that the rules of today would treat otherwise: the command makes it so', async () => {
  const trial = await ingested(
    leadCsv([
      ['jo@example.com', 'CTO', 10],
      ['al@example.com', 'CTO', 10],
    ]),
  );
  trial.write('rules.yaml', `health: { block: [al@example.com] }\n${rulesFor([['CTO', '123457']])}`);
  const jo = await whyJson(trial, 'jo@example.com');
  expect(jo.today).toMatchObject({ differs: true, destination: '123457' });
  expect(jo.today.text).toMatch(/Today it would go to campaign 123457/);
  await follow(trial, jo.today.command);
  expect((await whyJson(trial, 'jo@example.com')).lead.status).toBe('ACTIVE');
  const al = await whyJson(trial, 'al@example.com');
  expect(al.today).toMatchObject({ differs: true, destination: 'blocked' });
  await follow(trial, al.today.command);
  const blocked = await whyJson(trial, 'al@example.com');
  expect(blocked).toMatchObject({ lead: { status: 'BLOCKED' }, today: { differs: false } });
  expect(blocked.next.what).toMatch(/must not be mailed: on the block list \(al@example\.com\)/);
  expect(blocked.next.can[0]).toMatchObject({ setting: 'health.block' });
});

test('a BLOCKED lead: each signal with its points, and the way out', async () => {
  const trial = await ingested('email,persona,lead_score\nx@mailinator.com,VP Sales,85\nno address@acme,VP Sales,85\n');
  const { stdout } = await trial.run(['why', 'x@mailinator.com']);
  expect(stdout).toMatch(/−100 mailinator\.com hands out throw-away mailboxes/);
  const told = await whyJson(trial, 'x@mailinator.com');
  const advice = told.next.can.find(({ setting }) => setting === 'health.allow');
  trial.write('rules.yaml', `health: { allow: [mailinator.com] }\n${RULES}`);
  expect((await whyJson(trial, 'x@mailinator.com')).today).toMatchObject({ differs: true, command: advice?.command });
  await follow(trial, advice?.command ?? null);
  expect(trial.states()).toEqual({ ACTIVE: 1, BLOCKED: 1 });
  const illFormed = await whyJson(trial, 'no address@acme');
  expect(illFormed.lead.status).toBe('BLOCKED');
  expect(illFormed.story[0]).toMatchObject({ decision: { signals: [{ name: 'syntax' }] } });
});

test('an address that is not known: exit 3, one line, with what is known of it all the same', async () => {
  const trial = await ingested(
    'email,persona,lead_score,unsubscribed\nab@example.com,CTO,1,\ngone@example.com,CTO,1,yes\n',
    {
      rules: `health: { block: [blocked.com] }\n${RULES}`,
    },
  );
  const near = await trial.run(['why', 'abb@example.com']);
  expect(near).toMatchObject({ code: 3, stdout: '' });
  expect(near.stderr).toMatch(
    /^drason: abb@example\.com is no lead of organization default in .*trial\.db; did you mean ab@example\.com\?\n$/,
  );
  expect((await trial.run(['why', 'x@mail.blocked.com'])).stderr).toMatch(
    /must not be mailed: on the block list \(blocked\.com\)\n$/,
  );
  const db = new BetterSqlite3(join(trial.dir, 'trial.db'));
  db.prepare("INSERT INTO suppressions VALUES ('default', 'erased.com', 'erased', 'test', '')").run();
  db.close();
  const erased = await trial.run(['why', 'x@erased.com', '--json']);
  expect(erased.code).toBe(3);
  expect(JSON.parse(erased.stdout)).toEqual({
    schema: 1,
    email: 'x@erased.com',
    lead: null,
    suppressed: 'erased',
    did_you_mean: [],
    other_organizations: [],
  });
  const suppressed = await whyJson(trial, 'gone@example.com');
  expect(suppressed.next.what).toMatch(/suppressed \(unsubscribed\)/);
});

test('several addresses: one story each, as rows in JSON; one that is not known makes it exit 3', async () => {
  const trial = await ingested(manyLeads(2));
  const addresses = ['lead0@example.com', 'LEAD1@example.com', 'lead0@example.com'];
  const both = await trial.run(['why', ...addresses, '--json']);
  expect(both.code).toBe(0);
  expect(JSON.parse(both.stdout).rows.map(({ email }: { email: string }) => email)).toEqual(
    addresses.slice(0, 2).map((a) => a.toLowerCase()),
  );
  const text = await trial.run(['why', 'lead0@example.com', 'nobody@nowhere.com', 'lead1@example.com']);
  expect(text.code).toBe(3);
  expect(text.stdout.match(/^Story/gm)).toHaveLength(2);
  expect(text.stderr).toMatch(/nobody@nowhere\.com is no lead/);
});

test('reads only: without a database exit 2, and nothing is made or changed', async () => {
  const trial = await startTrial({ rules: RULES });
  const before = readdirSync(trial.dir);
  const none = await trial.run(['why', 'jo@example.com']);
  expect(none.code).toBe(2);
  expect(none.stderr).toContain(join(trial.dir, 'trial.db'));
  expect(readdirSync(trial.dir)).toEqual(before);

  trial.write('leads.csv', JO);
  await trial.summary(['ingest', 'leads.csv']);
  const bytes = readFileSync(join(trial.dir, 'trial.db'));
  expect((await trial.run(['why', 'jo@example.com'])).code).toBe(0);
  expect(readFileSync(join(trial.dir, 'trial.db')).equals(bytes)).toBe(true);
  expect((await trial.run(['why', 'jo@example.com', '--sandbox'])).code).toBe(2);
  expect(existsSync(join(trial.dir, 'data'))).toBe(false);
  expect(trial.requests).toHaveLength(1);
});

test('without rules that can be read the story is told all the same, and why today could not be looked at', async () => {
  const trial = await startTrial({ rules: `organization: acme\n${RULES}` });
  trial.write('leads.csv', JO);
  await trial.summary(['ingest', 'leads.csv']);
  trial.write('rules.yaml', 'rules: [\n');
  const told = await whyJson(trial, 'jo@example.com');
  expect(told).toMatchObject({
    lead: { organization_id: 'acme', status: 'ACTIVE' },
    today: { differs: false, decision: null },
  });
  expect(told.today.not_looked).toMatch(/^rules\.yaml:\d+:\d+: /);
  // The file might name another database, so nothing is guessed.
  const env = { DRASON_DB: '' };
  const unnamed = await trial.run(['why', 'jo@example.com'], { env });
  expect(unnamed.code).toBe(2);
  expect(unnamed.stderr).toMatch(/--db/);
  const other = await trial.run(['why', 'jo@example.com', '--org', 'globex', '--rules', 'none.yaml']);
  expect(other.code).toBe(3);
  expect(other.stderr).toMatch(/no lead of organization globex .*; it is one of acme \(--org\)/);
});

test('suggested commands repeat the global flags', async () => {
  const trial = await startTrial({ rules: `organizations: { acme: { rules: [] }, globex: { rules: [] } }\n` });
  trial.write('leads.csv', JO);
  const flags = ['--org', 'acme', '--db', 'other one.db'];
  await trial.run(['ingest', 'leads.csv', ...flags], { env: { DRASON_DB: '' } });
  const { next } = await trial.run(['why', 'jo@example.com', '--json', ...flags]).then((r) => JSON.parse(r.stdout));
  expect(next.can[0].command).toBe("drason retry --held --email jo@example.com --db 'other one.db' --org acme");
  expect((await trial.run(['why', 'jo@example.com'])).stderr).toMatch(/--org/);
});

test('text from outside cannot steer the terminal, or pass for lines of the story; a key never shows', async () => {
  const key = 'trial-key-5f2a';
  const trial = await ingested(
    `email,first_name,company,persona,lead_score\nev\u001b[31mil@example.com,\u001b]0;x\u0007,"Now\n  ACTIVE",${key},85\n`,
  );
  const [row] = trial.query<{ email: string }>('SELECT email FROM leads');
  const { stdout, code } = await trial.run(['why', row?.email ?? '']);
  expect(code).toBe(0);
  expect(stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f]/);
  expect(stdout).not.toMatch(/^ {2}ACTIVE/m);
  expect(stdout).not.toContain(key);
  const json = await trial.run(['why', row?.email ?? '', '--json']);
  expect(json.stdout).not.toContain(key);
  expect(json.stdout).not.toContain('\u001b');
});

test('a lead on its way, its process killed, and its recovery are told as they are', async () => {
  let hang = true;
  const trial = await startTrial({ rules: RULES, faults: () => (hang ? 'hang-after' : undefined) });
  trial.write('leads.csv', JO);
  let kill = () => {};
  const ingest = trial.run(['ingest', 'leads.csv'], { onStart: (child) => (kill = () => child.kill('SIGKILL')) });
  expect(await until(() => trial.pushes().length > 0 || trial.sandbox.account.memberships().length > 0)).toBe(true);
  const flying = await whyJson(trial, 'jo@example.com');
  expect(flying.next).toMatchObject({ in_flight: { attempt: 1, abandoned: false }, run_at_work: flying.lead.run });
  expect(flying.next.in_flight).toMatchObject({ text: expect.stringMatching(/On its way right now: attempt 1/) });
  kill();
  await ingest;
  const left = await whyJson(trial, 'jo@example.com');
  expect(left.next).toMatchObject({ in_flight: { abandoned: true }, run_at_work: null });
  hang = false;
  await follow(trial, left.next.can[0]?.command ?? null);
  const told = await whyJson(trial, 'jo@example.com');
  expect(told.lead.status).toBe('ACTIVE');
  expect(told.story.map(({ kind }) => kind)).toEqual(['arrival', 'recovered', 'attempt']);
  expect(told.story[1]?.text).toMatch(/Attempt 1 was given up: the process that sent it had ended/);
});

test('a stop of the key is named as what is in the way', async () => {
  const trial = await ingested(JO, { faults: () => '302' });
  const { next } = await whyJson(trial, 'jo@example.com');
  expect(next.stops).toMatchObject([{ campaign: null, reason: 'redirect' }]);
  expect(next.stops[0]?.text).toMatch(/^The key is stopped since .*, until a run tries once more/);
});

test('leads refused for what was no fault of theirs are told so', async () => {
  const trial = await startTrial({ rules: RULES, returnLeadIds: true, maxCustomFields: 0 });
  trial.write(
    'leads.csv',
    'email,persona,lead_score,note\na@example.com,VP Sales,85,x\nb@example.com,VP Sales,85,x\nc@example.com,VP Sales,85,x\n',
  );
  await trial.run(['ingest', 'leads.csv', '--max-wait', '100ms']);
  expect(trial.states()).toEqual({ 'HELD push_failed': 3 });
  const stories = await Promise.all(['a', 'b', 'c'].map((name) => whyJson(trial, `${name}@example.com`)));
  const reopened = stories.filter(({ story }) => story.at(-1)?.reopened === true);
  expect(reopened).toHaveLength(2);
  for (const { story } of reopened)
    expect(story.at(-1)?.text).toMatch(/Another lead was refused with the same message/);
  for (const { next } of stories)
    expect(next.stops).toMatchObject([{ campaign: '123456', reason: 'request_at_fault' }]);
});

test('on a terminal no line is longer than the terminal is wide', async () => {
  const trial = await ingested(`${manyLeads(9)}bad+invalid@example.com,A,B,C,VP Sales,85\n`, {
    invalid: 'reject-unnamed',
  });
  const store = await openStoreReadOnly(join(trial.dir, 'trial.db'), 'live', systemClock);
  const request = { store, organization: 'default', settings: undefined, keyId: undefined, suggest: () => 'drason x' };
  const told = await leadStory({ ...request, decider: 'they are not there' }, 'bad+invalid@example.com');
  closeStore(store);
  if (told.lead === null) throw new Error('no lead');
  for (const columns of [60, 80, 200]) {
    const stdout = Object.assign(new PassThrough(), { isTTY: true, columns });
    const terminal = makeTerminal({ stdin: new PassThrough(), stdout, stderr: new PassThrough(), env: {} }, []);
    const text = whyText(told, terminal);
    expect(text).toContain('\u001b[');
    expect(text).toMatch(/the same \d more times/);
    for (const line of text.split('\n')) expect(displayWidth(line)).toBeLessThanOrEqual(columns);
  }
});
