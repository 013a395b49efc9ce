import { copyFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from '../helpers/run-cli.js';
import { startTrial, type Trial } from '../helpers/trial.js';

const RULES = 'rules:\n  - { persona: "*", target_campaign_id: "123456" }\n';
const start = () => startTrial({ rules: RULES });

function fixture(trial: Trial, name: string): string {
  copyFileSync(join(ROOT, 'fixtures/leads/addresses', name), join(trial.dir, name));
  return name;
}

const lines = (trial: Trial, name: string) => {
  const path = join(trial.dir, name);
  return existsSync(path) ? readFileSync(path, 'utf8').trim().split('\n').slice(1) : [];
};
const emails = (trial: Trial) => trial.query<{ email: string }>('SELECT email FROM leads').map(({ email }) => email);

test.each([
  ['clay-no-email.csv', { active: 4, rejected: 6 }, 6],
  ['same-placeholder.csv', { active: 1, rejected: 4 }, 4],
  ['address-forms.csv', { active: 15, blocked: 2, rejected: 3 }, 5],
])('%s: every row is in the database or in the rejects file', async (name, expected, toCorrect) => {
  const trial = await start();
  const { outcomes, rows } = await trial.summary(['ingest', fixture(trial, name), '--rejects', 'rejects.csv']);
  expect(outcomes).toMatchObject({ ...expected, duplicate: 0 });
  const rejected = lines(trial, 'rejects.csv');
  expect(rejected).toHaveLength(toCorrect);
  expect(emails(trial).length + outcomes.rejected).toBe(rows);
});

test('an ill-formed address blocks its lead and each further row, and all of them can be corrected', async () => {
  const trial = await start();
  trial.write(
    'leads.csv',
    'email,first_name\nada byrne@acme.com,Ada\nada byrne@acme.com,Al\nbo@acme.com,Bo\nBO@acme.com,Bo\n',
  );
  const first = await trial.summary(['ingest', 'leads.csv', '--rejects', 'rejects.csv', '--max-errors', '0']);
  expect(first).toMatchObject({
    exit_code: 0,
    health: { green: 1, red: 2 },
    outcomes: { active: 1, blocked: 2, duplicate: 1, rejected: 0 },
  });
  expect(lines(trial, 'rejects.csv')).toEqual([
    'ada byrne@acme.com,Ada,2,not a valid e-mail address: a space before the @',
    'ada byrne@acme.com,Al,3,not a valid e-mail address: a space before the @',
  ]);
  const corrected = readFileSync(join(trial.dir, 'rejects.csv'), 'utf8')
    .replace('ada byrne@acme.com,Ada', 'ada@acme.com,Ada')
    .replace('ada byrne@acme.com,Al', 'al@acme.com,Al');
  trial.write('rejects.csv', corrected);
  expect((await trial.summary(['ingest', 'rejects.csv'])).outcomes).toMatchObject({ active: 2 });
});

test('--max-errors counts rejected rows, and then the file has the ill-formed ones, too', async () => {
  const trial = await start();
  trial.write('leads.csv', 'email\nN/A\nN/A\nada byrne@acme.com\nbo@acme.com\n');
  const { code, stderr } = await trial.run(['ingest', 'leads.csv', '--rejects', 'rejects.csv', '--max-errors', '1']);
  expect([code, stderr]).toEqual([6, expect.stringContaining('2 of 4 rows would be rejected')]);
  expect(lines(trial, 'rejects.csv')).toHaveLength(3);
});

test('an erased person is in no rejects file, however the address is written', async () => {
  const trial = await start();
  trial.write('first.csv', 'email\ncy@acme.com\n');
  await trial.summary(['ingest', 'first.csv']);
  expect((await trial.run(['forget', "o'neil@münchen.de", '--yes'])).code).toBe(0);
  const forms = [
    "o'neil@münchen.de; bo@acme.com",
    'Mr o’neil@MÜNCHEN.de',
    "O'NEIL@xn--mnchen-3ya.de now",
    "o'neil＠münchen.de or so",
  ];
  trial.write('leads.csv', `email\n${forms.map((form) => `"${form}"\n`).join('')}`);
  const args = ['ingest', 'leads.csv', '--rejects', 'rejects.csv'];
  expect((await trial.run([...args, '--max-errors', '0', '--dry-run'])).code).toBe(0);
  expect((await trial.summary(args)).outcomes).toMatchObject({ blocked: 4, rejected: 0 });
  expect([lines(trial, 'rejects.csv'), emails(trial)]).toEqual([[], ['cy@acme.com']]);
});

test('an international domain is one in every spelling', async () => {
  const trial = await start();
  trial.write('a.csv', 'email\nada@bücher.de\nADA@BÜCHER.DE\nada@xn--bcher-kva.de\nbo@bücher.de\n');
  expect((await trial.summary(['ingest', 'a.csv'])).outcomes).toMatchObject({ active: 2, duplicate: 2 });
  for (const spelling of ['ada@bücher.de', 'ada@XN--bcher-kva.de']) {
    expect((await trial.run(['why', spelling])).code).toBe(0);
    const listed = await trial.run(['leads', '--email', spelling, '--json']);
    expect(JSON.parse(listed.stdout).rows).toHaveLength(1);
  }
  await trial.run(['suppress', 'add', 'straße.de', 'cy@xn--mnchen-3ya.de']);
  trial.write('b.csv', 'email\ndi@xn--strae-oqa.de\ncy@münchen.de\n');
  expect((await trial.summary(['ingest', 'b.csv'])).outcomes).toMatchObject({ blocked: 2 });
  await trial.run(['forget', 'bo@xn--bcher-kva.de', '--yes']);
  trial.write('c.csv', 'email\nBo <bo@bücher.de>\n');
  expect((await trial.summary(['ingest', 'c.csv'])).outcomes).toMatchObject({ blocked: 1 });
  expect(emails(trial).some((email) => email.startsWith('bo@'))).toBe(false);
});

test('a list of whom not to mail loses nobody', async () => {
  const trial = await start();
  const { code, stdout, stderr } = await trial.run([
    'suppress',
    'import',
    fixture(trial, 'suppress-list.csv'),
    '--json',
  ]);
  expect([code, JSON.parse(stdout)]).toMatchObject([3, { added: 6, rejected: 3 }]);
  for (const line of [4, 5, 6]) expect(stderr).toContain(`suppress-list.csv:${line}: `);
  const listed = await trial.run(['suppress', 'list', '--json']);
  expect(JSON.parse(listed.stdout).rows.map(({ value }: { value: string }) => value)).toEqual([
    'ada.byrne@kestrel-freight.com',
    'ada@kestrel-freight.com',
    'bo@lumen-row.io',
    'ed@brotwerk.de',
    'ostrava-tools.cz',
    'palewater.com',
  ]);
});
