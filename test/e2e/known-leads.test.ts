import { expect, test } from 'vitest';
import { leadCsv, rulesFor, startTrial } from '../helpers/trial.js';

test('an address in other letters and with blanks is the same lead', async () => {
  const trial = await startTrial();
  trial.write('one.csv', 'email,persona,lead_score\nA@X.com ,VP Sales,85\n');
  trial.write('two.csv', 'email,persona,lead_score\na@x.com,VP Sales,85\n');
  await trial.summary(['ingest', 'one.csv']);
  expect(await trial.summary(['ingest', 'two.csv'])).toMatchObject({ outcomes: { already_active: 1 }, requests: 0 });
  expect(trial.query('SELECT email, status FROM leads')).toEqual([{ email: 'a@x.com', status: 'ACTIVE' }]);
});

test('a known lead gets new fields, and keeps those that the new file lacks', async () => {
  const trial = await startTrial();
  trial.write('one.csv', 'email,first_name,company,persona,lead_score,Industry\na@x.com,Ann,Acme,CTO,10,Steel\n');
  trial.write('two.csv', 'email,first_name,last_name,lead_score,Size\na@x.com,,Smith,20,big\n');
  await trial.summary(['ingest', 'one.csv']);
  await trial.summary(['ingest', 'two.csv']);
  const [lead] = trial.query<{ custom_fields: string; created_at: string; updated_at: string }>('SELECT * FROM leads');
  expect(lead).toMatchObject({
    first_name: 'Ann',
    last_name: 'Smith',
    company: 'Acme',
    persona: 'CTO',
    lead_score: 20,
  });
  expect(JSON.parse(lead?.custom_fields ?? '')).toEqual({ Industry: 'Steel', Size: 'big' });
  expect(lead?.updated_at).not.toBe(lead?.created_at);
});

test('a lead that now scores enough is routed and pushed', async () => {
  const trial = await startTrial();
  trial.write('one.csv', leadCsv([['a@x.com', 'VP Sales', 10]]));
  trial.write('two.csv', 'email,lead_score\na@x.com,90\n');
  expect(await trial.summary(['ingest', 'one.csv'])).toMatchObject({ outcomes: { unassigned: 1 } });
  expect(await trial.summary(['ingest', 'two.csv'])).toMatchObject({ outcomes: { active: 1 } });
  expect(trial.memberships()).toEqual(['123456 a@x.com']);
});

test('who unsubscribed by any row of a file is blocked, whichever comes first', async () => {
  const trial = await startTrial();
  const marked = [
    'a@x.com,VP Sales,85,true',
    'a@x.com,VP Sales,85,',
    'b@x.com,VP Sales,85,',
    'B@x.com,VP Sales,85,yes',
  ];
  trial.write('one.csv', `email,persona,lead_score,unsubscribed\n${marked.join('\n')}\n`);
  for (const args of [['--dry-run'], ['--no-push']]) {
    expect(await trial.summary(['ingest', 'one.csv', ...args])).toMatchObject({
      outcomes: { blocked: 2, duplicate: 2 },
    });
  }
  expect(trial.query("SELECT value FROM suppressions WHERE reason = 'unsubscribed' ORDER BY value")).toEqual([
    { value: 'a@x.com' },
    { value: 'b@x.com' },
  ]);
});

test('of an address that comes twice the strictest stop sign counts, whichever row has it', async () => {
  const trial = await startTrial();
  const rows = [
    ['a', 'valid', ''],
    ['b', 'valid', ''],
    ['c', 'valid', ''],
    ['d', 'invalid', ''],
    ['e', 'valid', ''],
    ['A', 'invalid', ''],
    ['b', 'valid', 'true'],
    ['c', 'valid', 'ask legal'],
    ['d', 'valid', ''],
    ['e', 'valid', ''],
  ].map(([who, verdict, bounced]) => `${who}@x.com,VP Sales,85,${verdict},${bounced}`);
  trial.write('one.csv', `email,persona,lead_score,verifier status,bounced\n${rows.join('\n')}\n`);
  for (const args of [['--dry-run'], ['--no-push'], []]) {
    expect(await trial.summary(['ingest', 'one.csv', ...args])).toMatchObject({ outcomes: { blocked: 3 } });
  }
  expect(trial.query('SELECT email, status, hold_reason FROM leads ORDER BY email')).toEqual([
    { email: 'a@x.com', status: 'BLOCKED', hold_reason: null },
    { email: 'b@x.com', status: 'BLOCKED', hold_reason: null },
    { email: 'c@x.com', status: 'HELD', hold_reason: 'review' },
    { email: 'd@x.com', status: 'BLOCKED', hold_reason: null },
    { email: 'e@x.com', status: 'HELD', hold_reason: 'review' },
  ]);
  expect(trial.memberships()).toEqual([]);
});

test('a later file stops a waiting lead even where it is to change no field', async () => {
  const trial = await startTrial();
  trial.write('one.csv', leadCsv([['a@x.com', 'VP Sales', 85]]));
  trial.write('two.csv', 'email,first_name,persona,lead_score,bounced\na@x.com,Ann,CTO,10,true\n');
  await trial.summary(['ingest', 'one.csv', '--no-push']);
  await trial.summary(['ingest', 'two.csv', '--on-existing', 'skip']);
  expect(trial.query('SELECT status, first_name, persona, lead_score FROM leads')).toEqual([
    { status: 'BLOCKED', first_name: 'First0', persona: 'VP Sales', lead_score: 85 },
  ]);
});

test('who unsubscribed stays blocked when a later file does not say so', async () => {
  const trial = await startTrial();
  trial.write('one.csv', 'email,persona,lead_score,unsubscribed\na@x.com,VP Sales,85,true\n');
  trial.write('two.csv', leadCsv([['a@x.com', 'VP Sales', 85]]));
  expect(await trial.summary(['ingest', 'one.csv'])).toMatchObject({ outcomes: { blocked: 1 }, health: { green: 1 } });
  expect(await trial.summary(['ingest', 'two.csv'])).toMatchObject({ outcomes: { blocked: 1 }, exit_code: 0 });
  expect(await trial.summary(['retry', '--held'])).toMatchObject({ rows: 0 });
  expect(trial.requests).toEqual([]);
  const [row] = trial.query<{ details: string }>("SELECT details FROM audit_logs WHERE action = 'blocked' LIMIT 1");
  expect(JSON.parse(row?.details ?? '')).toMatchObject({ suppressed: 'unsubscribed' });
});

test('an unsubscribe stops what is held, and takes nobody out of a campaign', async () => {
  const trial = await startTrial();
  trial.write(
    'in.csv',
    leadCsv([
      ['a@x.com', 'VP Sales', 85],
      ['b@x.com', 'CTO', 85],
    ]),
  );
  trial.write('out.csv', 'email,unsubscribed\na@x.com,yes\nb@x.com,yes\n');
  await trial.summary(['ingest', 'in.csv']);
  await trial.summary(['ingest', 'out.csv']);
  expect(trial.states()).toEqual({ ACTIVE: 1, BLOCKED: 1 });
});

test('a blocked lead is routed when a new file says something better about it', async () => {
  const trial = await startTrial();
  trial.write('one.csv', 'email,persona,lead_score,Email Status\na@x.com,VP Sales,85,invalid\n');
  trial.write('two.csv', 'email,persona,lead_score,Email Status\na@x.com,VP Sales,85,valid\n');
  expect(await trial.summary(['ingest', 'one.csv'])).toMatchObject({ outcomes: { blocked: 1 }, health: { red: 1 } });
  expect(await trial.summary(['ingest', 'two.csv'])).toMatchObject({ outcomes: { active: 1 }, health: { green: 1 } });
});

test('a lead that is ACTIVE stays so when a new file speaks badly of it', async () => {
  const trial = await startTrial();
  trial.write('one.csv', 'email,persona,lead_score\na@x.com,VP Sales,85\n');
  trial.write('two.csv', 'email,persona,lead_score,Email Status\na@x.com,VP Sales,85,bounced\n');
  await trial.summary(['ingest', 'one.csv']);
  expect(await trial.summary(['ingest', 'two.csv'])).toMatchObject({ outcomes: { already_active: 1 }, requests: 0 });
  expect(trial.states()).toEqual({ ACTIVE: 1 });
});

test('a refused lead stays refused unless something that is sent has changed', async () => {
  const trial = await startTrial();
  const row = (name: string, score: number) =>
    `email,first_name,persona,lead_score\nann+invalid@x.com,${name},VP Sales,${score}\n`;
  trial.write('leads.csv', row('Ann', 85));
  await trial.summary(['ingest', 'leads.csv']);
  trial.requests.length = 0;
  for (const text of [row('Ann', 95), 'email\nann+invalid@x.com\n']) {
    trial.write('leads.csv', text);
    expect(await trial.summary(['ingest', 'leads.csv'])).toMatchObject({ held_reasons: { refused: 1 }, requests: 0 });
  }
  expect(await trial.summary(['retry', '--held'])).toMatchObject({ rows: 0 });
  trial.write('rules.yaml', rulesFor([['VP Sales', '123458']]));
  expect(await trial.summary(['ingest', 'leads.csv'])).toMatchObject({ held_reasons: { refused: 1 }, requests: 0 });
  trial.write('leads.csv', row('Anna', 85));
  expect(await trial.summary(['ingest', 'leads.csv'])).toMatchObject({ held_reasons: { refused: 1 }, requests: 1 });
});

test('refused leads are retried only when that is asked for', async () => {
  const trial = await startTrial();
  trial.write('leads.csv', leadCsv([['ann+unsubscribed@x.com', 'VP Sales', 85]]));
  await trial.summary(['ingest', 'leads.csv']);
  expect((await trial.run(['retry', '--held', '--reason', 'refused'])).code).toBe(2);
  trial.write(
    'rules.yaml',
    rulesFor([['VP Sales', '123456']], 'smartlead:\n  settings: { ignore_unsubscribe_list: true }\n'),
  );
  const retry = await trial.summary(['retry', '--held', '--include-refused']);
  expect(retry).toMatchObject({ rows: 1, exit_code: 0, outcomes: { active: 1 } });
});

test('block-list and allow-list of the rules file decide against the gate, never against an unsubscribe', async () => {
  const trial = await startTrial({
    rules: rulesFor(
      [['VP Sales', '123456']],
      'health:\n  allow: [mailinator.com, gone@example.com]\n  block: [competitor.example]\n',
    ),
  });
  trial.write(
    'leads.csv',
    `email,persona,unsubscribed
x@mailinator.com,VP Sales,
spy@competitor.example,VP Sales,
gone@example.com,VP Sales,yes
`,
  );
  expect(await trial.summary(['ingest', 'leads.csv'])).toMatchObject({ outcomes: { active: 1, blocked: 2 } });
  expect(trial.memberships()).toEqual(['123456 x@mailinator.com']);
});

test('a lead whose outcome is unknown gets new fields only, until the outcome is settled', async () => {
  const trial = await startTrial({ faults: ({ n }) => (n === 0 ? 'reset-after' : undefined) });
  trial.write('one.csv', leadCsv([['a@x.com', 'VP Sales', 85]]));
  trial.write('two.csv', 'email,persona,lead_score,Email Status\na@x.com,Marketing Manager,75,invalid\n');
  await trial.summary(['ingest', 'one.csv']);
  expect(await trial.summary(['ingest', 'two.csv'])).toMatchObject({ held_reasons: { unknown: 1 }, requests: 0 });
  expect(trial.query('SELECT persona, assigned_campaign_id AS id FROM leads')).toEqual([
    { persona: 'Marketing Manager', id: '123456' },
  ]);
  await trial.summary(['retry', '--held', '--now']);
  expect(trial.states()).toEqual({ ACTIVE: 1 });
  expect(trial.memberships()).toEqual(['123456 a@x.com']);
});

test('a lead with more custom fields than Smartlead takes is refused without asking, and the others go', async () => {
  const trial = await startTrial({
    rules: rulesFor([['*', '123456']], 'smartlead: { custom_fields_limit: 1 }\n'),
    maxCustomFields: 1,
  });
  trial.write('leads.csv', 'email,Colour,Size\na@x.com,red,\nb@x.com,red,big\n');
  expect(await trial.summary(['ingest', 'leads.csv'])).toMatchObject({
    exit_code: 3,
    requests: 1,
    outcomes: { active: 1 },
    held_reasons: { refused: 1 },
  });
  expect(trial.query("SELECT email, last_error FROM leads WHERE hold_reason = 'refused'")).toEqual([
    { email: 'b@x.com', last_error: expect.stringMatching(/2 custom fields, Smartlead takes 1/) },
  ]);
});
