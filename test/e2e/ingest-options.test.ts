import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { leadCsv, manyLeads, startTrial } from '../helpers/trial.js';

const MIXED = leadCsv([
  ['a@example.com', 'VP Sales', 85],
  ['b@example.com', 'VP Sales', '85%'],
  ['', 'VP Sales', 85],
  ['d@example.com', 'VP Sales', 65],
]);

test('a bad row costs only itself, and is named with its true line and the reason', async () => {
  const trial = await startTrial();
  trial.write('leads.csv', MIXED.replace('First0', '"First\n0"'));
  const result = await trial.run(['ingest', 'leads.csv']);
  expect(result.code).toBe(3);
  expect(result.stderr).toMatch(/^leads\.csv:4: rejected: .*85%/m);
  expect(result.stderr).toMatch(/^leads\.csv:5: rejected: .*e-?mail/m);
  expect(trial.states()).toEqual({ ACTIVE: 2 });
});

test('rejected rows are kept in a file that can be mended and ingested again', async () => {
  const trial = await startTrial();
  trial.write('leads.csv', MIXED);
  const first = await trial.summary(['ingest', 'leads.csv', '--rejects', 'rejects.csv']);
  expect(first).toMatchObject({ exit_code: 3, outcomes: { active: 2, rejected: 2 } });
  const rejects = readFileSync(join(trial.dir, 'rejects.csv'), 'utf8');
  expect(rejects.split('\n')[0]).toBe('email,first_name,last_name,company,persona,lead_score,_line,_reason');
  expect(rejects.split('\n')[1]).toMatch(/^b@example\.com,First1,Last1,Company 1,VP Sales,85%,3,/);

  trial.write('rejects.csv', rejects.replace('85%', '85').replace('\n,First2', '\nc@example.com,First2'));
  const second = await trial.summary(['ingest', 'rejects.csv']);
  expect(second).toMatchObject({ exit_code: 0, rows: 2, outcomes: { active: 2 } });
  expect(trial.query("SELECT first_name, lead_score, custom_fields FROM leads WHERE email = 'b@example.com'")).toEqual([
    { first_name: 'First1', lead_score: 85, custom_fields: null },
  ]);
});

test('without a rejected row there is no rejects file', async () => {
  const trial = await startTrial();
  trial.write('leads.csv', manyLeads(1));
  await trial.summary(['ingest', 'leads.csv', '--rejects', 'rejects.csv']);
  expect(existsSync(join(trial.dir, 'rejects.csv'))).toBe(false);
});

test.each([
  ['a number', '1', ['leads.csv'], undefined],
  ['a share', '49%', ['leads.csv'], undefined],
  ['a number, from stdin', '1', ['-'], MIXED],
  ['none at all, from a pipe', '0', [], MIXED],
])('with more errors than --max-errors allows (%s) nothing is stored or pushed', async (_how, most, args, stdin) => {
  const trial = await startTrial();
  trial.write('leads.csv', MIXED);
  const result = await trial.run(['ingest', ...args, '--max-errors', most, '--rejects', 'rejects.csv', '--json'], {
    ...(stdin === undefined ? {} : { stdin }),
  });
  expect(result.code).toBe(6);
  expect(JSON.parse(result.stdout)).toMatchObject({ schema: 1, exit_code: 6, error: { message: expect.any(String) } });
  expect(result.stderr).toMatch(/2 of 4 rows would be rejected/);
  expect(trial.requests).toEqual([]);
  expect(existsSync(join(trial.dir, 'trial.db'))).toBe(false);
  expect(readFileSync(join(trial.dir, 'rejects.csv'), 'utf8').trimEnd().split('\n')).toHaveLength(3);
});

test.each([
  ['2', ['leads.csv'], undefined],
  ['50%', ['leads.csv'], undefined],
  ['2', ['-'], MIXED],
])('with --max-errors %s and no more errors than that the run goes its way', async (most, args, stdin) => {
  const trial = await startTrial();
  trial.write('leads.csv', MIXED);
  const summary = await trial.summary(['ingest', ...args, '--max-errors', most, '--rejects', 'rejects.csv'], {
    ...(stdin === undefined ? {} : { stdin }),
  });
  expect(summary).toMatchObject({ exit_code: 3, outcomes: { active: 2, rejected: 2 } });
  expect(readFileSync(join(trial.dir, 'rejects.csv'), 'utf8').trimEnd().split('\n')).toHaveLength(3);
});

test('a rejects file of many rows is whole after the input was read twice, and nothing else is left', async () => {
  const trial = await startTrial();
  const rows = Array.from({ length: 3000 }, (_, n) => [`a${n}@example.com`, 'CTO', n % 2 ? 1 : 'bad'] as const);
  trial.write('leads.csv', leadCsv(rows));
  await trial.summary(['ingest', 'leads.csv', '--max-errors', '50%', '--rejects', 'rejects.csv']);
  const lines = readFileSync(join(trial.dir, 'rejects.csv'), 'utf8').trimEnd().split('\n').slice(1);
  expect(lines.map((line) => line.split(',')[0])).toEqual(
    rows.filter(([, , score]) => score === 'bad').map(([email]) => email),
  );
  expect(readdirSync(trial.dir).filter((name) => name.includes('.tmp'))).toEqual([]);
});

test('stdin is called stdin, also where it has to be kept to be read twice', async () => {
  const trial = await startTrial();
  const result = await trial.run(['ingest', '-', '--max-errors', '3'], { stdin: 'Contact\nx\n' });
  expect(result.code).toBe(2);
  expect(result.stderr).toMatch(/^drason: stdin has no e-mail column/m);
  expect(result.stderr).not.toContain('/tmp');
});

test('a --max-errors that stopped a dry run leaves no file behind', async () => {
  const trial = await startTrial();
  trial.write('leads.csv', MIXED);
  const before = readdirSync(trial.dir).sort();
  expect((await trial.run(['ingest', 'leads.csv', '--max-errors', '0', '--dry-run'])).code).toBe(6);
  expect(readdirSync(trial.dir).sort()).toEqual(before);
});

test('--limit reads so many rows over all files, --source names the source, --map says where a field is', async () => {
  const trial = await startTrial();
  trial.write('one.csv', 'Contact,Role,Points\na@example.com,VP Sales,85\nb@example.com,VP Sales,85\n');
  trial.write('two.csv', 'Contact,Role,Points\nc@example.com,VP Sales,85\nd@example.com,VP Sales,85\n');
  const map = ['--map', 'email=Contact', '--map', 'persona=Role', '--map', 'lead_score=Points'];
  const summary = await trial.summary(['ingest', 'one.csv', 'two.csv', ...map, '--limit', '3', '--source', 'fair']);
  expect(summary).toMatchObject({ rows: 3, outcomes: { active: 3 } });
  expect(trial.query('SELECT email, source, lead_score FROM leads ORDER BY email')).toEqual(
    ['a', 'b', 'c'].map((name) => ({ email: `${name}@example.com`, source: 'fair', lead_score: 85 })),
  );
});

test.each([
  ['a column that is not there', ['--map', 'email=Contct'], /Contct/],
  ['a field that drason does not know', ['--map', 'emial=Contact'], /did you mean "email"/],
  ['no field at all', ['--map', 'Contact'], /field="Column"/],
])('--map with %s stops before anything is done', async (_what, map, says) => {
  const trial = await startTrial();
  trial.write('leads.csv', 'Contact\na@example.com\n');
  const result = await trial.run(['ingest', 'leads.csv', ...map]);
  expect(result.code).toBe(2);
  expect(result.stderr).toMatch(says);
  expect(existsSync(join(trial.dir, 'trial.db'))).toBe(false);
});

test('a file without an address column says which columns it has and how to name the right one', async () => {
  const trial = await startTrial();
  trial.write('leads.csv', 'Contact,Role\na@example.com,CTO\n');
  const result = await trial.run(['ingest', 'leads.csv']);
  expect(result.code).toBe(2);
  expect(result.stderr).toMatch(/Contact/);
  expect(result.stderr).toMatch(/--map email=/);
});

test('--on-existing skip leaves what is known of a lead as it is, and takes new leads in', async () => {
  const trial = await startTrial();
  trial.write('old.csv', leadCsv([['a@example.com', 'CTO', 10]]));
  trial.write(
    'new.csv',
    leadCsv([
      ['a@example.com', 'VP Sales', 85],
      ['b@example.com', 'VP Sales', 85],
    ]),
  );
  await trial.summary(['ingest', 'old.csv']);
  const summary = await trial.summary(['ingest', 'new.csv', '--on-existing', 'skip']);
  expect(summary).toMatchObject({ outcomes: { active: 1, unassigned: 1 } });
  expect(trial.query("SELECT persona, lead_score, status FROM leads WHERE email = 'a@example.com'")).toEqual([
    { persona: 'CTO', lead_score: 10, status: 'HELD' },
  ]);
});

test('of several files a missing one is found before the first is used', async () => {
  const trial = await startTrial();
  trial.write('one.csv', manyLeads(1));
  const result = await trial.run(['ingest', 'one.csv', 'two.csv']);
  expect(result.code).toBe(2);
  expect(result.stderr).toMatch(/two\.csv/);
  expect(trial.requests).toEqual([]);
  expect(existsSync(join(trial.dir, 'trial.db'))).toBe(false);
});

test('the same address again in one run is a duplicate, over all files; the first wins', async () => {
  const trial = await startTrial();
  trial.write(
    'one.csv',
    leadCsv([
      ['a@example.com', 'VP Sales', 85],
      ['A@Example.com', 'VP Sales', 65],
    ]),
  );
  trial.write('two.csv', leadCsv([[' a@example.com', 'CTO', 1]]));
  const summary = await trial.summary(['ingest', 'one.csv', 'two.csv']);
  expect(summary).toMatchObject({ rows: 3, exit_code: 0, outcomes: { active: 1, duplicate: 2 } });
  expect(trial.memberships()).toEqual(['123456 a@example.com']);
});

test('leads taken in with --no-push wait for a person, and go with the run they came by', async () => {
  const trial = await startTrial();
  trial.write('one.csv', manyLeads(2));
  trial.write('two.csv', manyLeads(1, 'VP Sales', 85, 'other'));
  const one = await trial.summary(['ingest', 'one.csv', '--no-push']);
  expect(one).toMatchObject({ exit_code: 0, requests: 0, held_reasons: { review: 2 } });
  await trial.summary(['ingest', 'two.csv', '--no-push']);
  expect(await trial.summary(['retry', '--held'])).toMatchObject({ rows: 0, exit_code: 0 });
  const retry = await trial.summary(['retry', '--held', '--run', one.run_id]);
  expect(retry).toMatchObject({ rows: 2, exit_code: 0, outcomes: { active: 2 } });
  expect(trial.states()).toEqual({ ACTIVE: 2, 'HELD review': 1 });
  expect(await trial.summary(['retry', '--held', '--reason', 'review'])).toMatchObject({ rows: 1, exit_code: 0 });
});

test('retry takes up what its filters say, and no more', async () => {
  const trial = await startTrial();
  trial.write('leads.csv', `${manyLeads(3)}b@example.com,A,B,C,VP Sales,65\nc@example.com,A,B,C,CTO,1\n`);
  await trial.summary(['ingest', 'leads.csv'], { env: { SMARTLEAD_API_KEY: '' } });
  expect(await trial.summary(['retry', '--held', '--email', ' LEAD0@example.com'])).toMatchObject({ rows: 1 });
  expect(await trial.summary(['retry', '--held', '--campaign', '123457'])).toMatchObject({ rows: 1 });
  expect(await trial.summary(['retry', '--held', '--reason', 'auth', '--limit', '1'])).toMatchObject({ rows: 1 });
  expect(trial.states()).toEqual({ ACTIVE: 3, 'HELD auth': 1, 'HELD no_route': 1 });
});

test('a file of which not one row can be read is refused; one that breaks off keeps the rows before', async () => {
  const trial = await startTrial();
  trial.write('bad.json', 'not json at all');
  trial.write('cut.json', '[{"email":"a@example.com","persona":"VP Sales","lead_score":85},{"email":"b@exam');
  const bad = await trial.run(['ingest', 'bad.json']);
  expect(bad.code).toBe(2);
  const cut = await trial.summary(['ingest', 'cut.json']);
  expect(cut).toMatchObject({ exit_code: 3, rows: 1, outcomes: { active: 1 } });
  expect(cut.problems.join()).toMatch(/cut\.json/);
});
