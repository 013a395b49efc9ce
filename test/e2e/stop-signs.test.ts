import { describe, expect, test } from 'vitest';
import { startDoors } from '../helpers/doors.js';
import { startTrial, type Trial } from '../helpers/trial.js';

const ANYONE = '  - { persona: "*", target_campaign_id: "123456" }\n';
const rules = (fields = '') => `${fields}rules:\n${ANYONE}`;
const FILE = `email,first_name,Marketing permission
ada@kestrel-freight.com,Ada,yes
bo@lumen-row.io,Bo,pending legal review
cy@palewater.com,Cy,pending legal review
di@ostrava-tools.cz,Di,
`;

interface Held {
  email: string;
  last_error: string | null;
}
const held = (trial: Trial) =>
  trial.query<Held>("SELECT email, last_error FROM leads WHERE hold_reason = 'review' ORDER BY email");

async function startHeld(): Promise<Trial> {
  const trial = await startTrial({ rules: rules() });
  trial.write('leads.csv', FILE);
  const summary = await trial.summary(['ingest', 'leads.csv']);
  expect(summary.outcomes).toMatchObject({ active: 2, held: 2 });
  expect(summary.held_reasons).toEqual({ review: 2 });
  expect(summary.problems.join()).toContain('column "Marketing permission" says "pending legal review" (2)');
  return trial;
}

describe('a stop sign that nobody understands', () => {
  test('holds its rows with the column and its word; blank rows and a known yes go on', async () => {
    const trial = await startHeld();
    expect(held(trial).map(({ email }) => email)).toEqual(['bo@lumen-row.io', 'cy@palewater.com']);
    expect(held(trial)[0]?.last_error).toBe(
      'column "Marketing permission" says "pending legal review", which drason does not understand: name the column under fields: in the rules file (unsubscribed, bounced, verifier, or ignore if it says nothing about mailing)',
    );
    expect(trial.memberships()).toEqual(['123456 ada@kestrel-freight.com', '123456 di@ostrava-tools.cz']);
  });

  test('the plan names the column and its count before the work', async () => {
    const trial = await startTrial({ rules: rules() });
    trial.write('leads.csv', FILE);
    const { stderr } = await trial.run(['ingest', 'leads.csv', '--dry-run']);
    expect(stderr).toContain('stops ← Marketing permission (consent: 2 not understood)');
  });

  test.each([
    [[], 2],
    // tried and held again, which the sums and the problem tell
    [['--reason', 'review'], 0],
  ])('no retry %s sends it, and what stays held is counted apart', async (flags, left) => {
    const trial = await startHeld();
    const summary = await trial.summary(['retry', '--held', ...flags]);
    expect(trial.states()).toEqual({ ACTIVE: 2, 'HELD review': 2 });
    expect(summary.problems.join()).toMatch(/2 (more )?leads held for review/);
    expect(summary).toMatchObject({ left_for_review: left });
    expect(trial.pushes()).toHaveLength(1);
  });

  test('mapped as an opt-out in the rules file, a plain retry suppresses them', async () => {
    const trial = await startHeld();
    trial.write('rules.yaml', rules('fields: { unsubscribed: "Marketing permission" }\n'));
    await trial.summary(['retry', '--held']);
    expect(trial.states()).toEqual({ ACTIVE: 2, BLOCKED: 2 });
    expect(trial.query('SELECT value FROM suppressions ORDER BY value')).toEqual([
      { value: 'bo@lumen-row.io' },
      { value: 'cy@palewater.com' },
    ]);
  });

  test('ignored in the rules file, a plain retry sends them', async () => {
    const trial = await startHeld();
    trial.write('rules.yaml', rules('fields: { ignore: [marketing_permission] }\n'));
    await trial.summary(['retry', '--held']);
    expect(trial.states()).toEqual({ ACTIVE: 4 });
  });

  test('the file given again decides them: mapped as bounced, ignored, or with the cell corrected', async () => {
    const bounced = await startHeld();
    await bounced.summary(['ingest', 'leads.csv', '--map', 'bounced=Marketing permission']);
    expect(bounced.states()).toEqual({ ACTIVE: 2, BLOCKED: 2 });
    expect(bounced.query('SELECT * FROM suppressions')).toEqual([]);
    const ignored = await startHeld();
    await ignored.summary(['ingest', 'leads.csv', '--map', 'ignore=Marketing permission']);
    expect(ignored.states()).toEqual({ ACTIVE: 4 });
    const corrected = await startHeld();
    corrected.write('leads.csv', FILE.replace('Bo,pending legal review', 'Bo,yes'));
    await corrected.summary(['ingest', 'leads.csv']);
    expect(corrected.states()).toEqual({ ACTIVE: 3, 'HELD review': 1 });
  });

  test('another file without the column leaves them held', async () => {
    const trial = await startHeld();
    trial.write('other.csv', 'email,company\nbo@lumen-row.io,Lumen Row\n');
    await trial.summary(['ingest', 'other.csv']);
    expect(trial.states()).toEqual({ ACTIVE: 2, 'HELD review': 2 });
  });

  test('settled, a lead that came with --no-push still waits for a person', async () => {
    const trial = await startTrial({ rules: rules() });
    trial.write('leads.csv', FILE);
    await trial.summary(['ingest', 'leads.csv', '--no-push']);
    trial.write('rules.yaml', rules('fields: { ignore: ["Marketing permission"] }\n'));
    await trial.summary(['retry', '--held']);
    expect(trial.states()).toEqual({ 'HELD review': 4 });
    await trial.summary(['retry', '--held', '--reason', 'review']);
    expect(trial.states()).toEqual({ ACTIVE: 4 });
  });
});

describe('a flag that says yes of everybody', () => {
  const rows = (n: number) => Array.from({ length: n }, (_, i) => `p${i}@kestrel-freight.com,yes`).join('\n');

  test('nobody is suppressed before it is confirmed; both ways on work', async () => {
    const trial = await startTrial({ rules: rules() });
    trial.write('leads.csv', `email,Unsubscribed\n${rows(20)}\n`);
    const refused = await trial.run(['ingest', 'leads.csv']);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain('column "Unsubscribed" says that all 20 sampled people opted out');
    expect(refused.stderr).toContain('--map unsubscribed="Unsubscribed"');
    expect(refused.stderr).toContain('--map ignore="Unsubscribed"');
    expect((await trial.summary(['ingest', 'leads.csv', '--map', 'ignore=Unsubscribed'])).outcomes.active).toBe(20);
    trial.write('more.csv', `email,Unsubscribed\n${rows(21)}\n`);
    const confirmed = await trial.summary(['ingest', 'more.csv', '--map', 'unsubscribed=Unsubscribed']);
    expect(confirmed.outcomes).toMatchObject({ already_active: 20, blocked: 1 });
  });

  test('shorter files, dates, lists of opt-outs and suppress import are taken at their word', async () => {
    const trial = await startTrial({ rules: rules() });
    trial.write('short.csv', `email,Unsubscribed\n${rows(19)}\n`);
    expect((await trial.summary(['ingest', 'short.csv'])).outcomes.blocked).toBe(19);
    const list = Array.from({ length: 25 }, (_, i) => `q${i}@kestrel-freight.com,yes,2025-01-0${(i % 9) + 1}`).join(
      '\n',
    );
    trial.write('list.csv', `email,Unsubscribed,Unsubscribed At\n${list}\n`);
    expect((await trial.summary(['ingest', 'list.csv'])).outcomes.blocked).toBe(25);
    trial.write('import.csv', `email,Unsubscribed\n${rows(30)}\n`);
    expect((await trial.run(['suppress', 'import', 'import.csv'])).code).toBe(0);
  });
});

test('HTTP and Clay read the same signs', async () => {
  const { trial, ingest, clay } = await startDoors({ rules: `clay: { secret_env: CLAY_WEBHOOK_SECRET }\n${rules()}` });
  const lead = (n: number, more: object) => ({
    email: `p${n}@kestrel-freight.com`,
    persona: 'CTO',
    lead_score: 1,
    ...more,
  });
  const answers = [
    await ingest(lead(1, { hs_email_optout: true })),
    await ingest(lead(2, { 'ZB Status': 'spamtrap' })),
    await ingest(lead(3, { 'Opt In': 'Nein' })),
    await ingest(lead(4, { Quality: 'bad' })),
    await clay(lead(5, { 'Email Bounced': 'VRAI' })),
    await clay(lead(6, { 'Marketing permission': 'pending legal review' })),
    await clay(lead(7, { 'Do Not Call': true, 'Lead Status': 'New' })),
  ];
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 200, 200]);
  expect(trial.states()).toEqual({ ACTIVE: 1, BLOCKED: 4, 'HELD review': 2 });
  expect(trial.query('SELECT value FROM suppressions')).toEqual([{ value: 'p1@kestrel-freight.com' }]);
});

test('a later file that says Bounced = no corrects the bounce, and no verdict of a verifier', async () => {
  const trial = await startTrial({ rules: rules() });
  trial.write('one.csv', 'email,Bounced,ZB Status\nada@kestrel-freight.com,yes,\nbo@lumen-row.io,,invalid\n');
  expect((await trial.summary(['ingest', 'one.csv'])).outcomes).toMatchObject({ blocked: 2 });
  trial.write('two.csv', 'email,Bounced\nada@kestrel-freight.com,no\nbo@lumen-row.io,no\n');
  expect((await trial.summary(['ingest', 'two.csv'])).outcomes).toMatchObject({ active: 1, blocked: 1 });
  expect(trial.memberships()).toEqual(['123456 ada@kestrel-freight.com']);
});

test('lines below the table, and further contacts of a company, are counted in the summary and with the run', async () => {
  const trial = await startTrial({ rules: rules() });
  trial.write('report.csv', 'email,first_name\nada@kestrel-freight.com,Ada\n\nTotal,1\nCopyright Kestrel\n');
  const summary = await trial.summary(['ingest', 'report.csv']);
  expect(summary).toMatchObject({ rows: 1, below_table: 2 });
  const shown = await trial.run(['runs', 'show', summary.run_id]);
  expect(shown.stdout).toContain('2 lines after the table without an address');

  const contacts = [{ email: 'bo@lumen-row.io' }, { email: 'cy@lumen-row.io' }];
  trial.write('companies.json', JSON.stringify([{ name: 'Lumen', contacts }]));
  const companies = await trial.summary(['ingest', 'companies.json']);
  expect(companies).toMatchObject({ rows: 1, further_contacts: 1 });
  expect((await trial.run(['runs', 'show', companies.run_id])).stdout).toContain('1 further contact: of a list');
});
