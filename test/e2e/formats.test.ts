import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { startTrial } from '../helpers/trial.js';

const FIELDS = {
  email: 'test@example.com',
  first_name: 'Zoë',
  last_name: 'Müller, Jr.',
  company: 'Ünïted "Ltd"',
  persona: 'VP Sales',
  lead_score: 85,
};
const HEADER = Object.keys(FIELDS);
const csv = (delimiter: string) => {
  const quoted = Object.values(FIELDS).map((value) => `"${String(value).replaceAll('"', '""')}"`);
  return `${HEADER.join(delimiter)}\r\n${quoted.join(delimiter)}\r\n`;
};
const json = JSON.stringify([FIELDS], null, 2);

interface Way {
  file?: { name: string; bytes: Buffer };
  args?: string[];
  stdin?: string;
}
const file = (name: string, bytes: string | Buffer): Way => ({ file: { name, bytes: Buffer.from(bytes) } });

const WAYS: ReadonlyArray<readonly [name: string, way: Way]> = [
  ['plain CSV', file('leads.csv', csv(','))],
  ['CSV with a byte order mark', file('leads.csv', `\ufeff${csv(',')}`)],
  ['UTF-16', file('leads.csv', Buffer.from(`\ufeff${csv(',')}`, 'utf16le'))],
  ['semicolons', file('leads.csv', csv(';'))],
  ['JSON', file('leads.json', json)],
  ['NDJSON', file('leads.ndjson', `${JSON.stringify(FIELDS)}\n`)],
  ['stdin as -', { args: ['-'], stdin: csv(',') }],
  ['a bare pipe', { args: [], stdin: json }],
  ['gzip', file('leads.csv.gz', gzipSync(csv(',')))],
];

test.each(WAYS)('a lead given as %s is decided, stored and sent just the same', async (_name, way) => {
  const trial = await startTrial();
  const args = way.args ?? [trial.write(way.file?.name ?? '', way.file?.bytes ?? '')];
  const summary = await trial.summary(['ingest', ...args], way.stdin === undefined ? {} : { stdin: way.stdin });
  expect(summary).toMatchObject({ rows: 1, exit_code: 0, outcomes: { active: 1 }, health: { green: 1 } });
  expect(
    trial.query(
      `SELECT email, first_name, last_name, company, persona, lead_score, status, health_score, assigned_campaign_id
       FROM leads`,
    ),
  ).toEqual([{ ...FIELDS, status: 'ACTIVE', health_score: 100, assigned_campaign_id: '123456' }]);
  const { company, persona: _persona, lead_score: _score, ...sent } = FIELDS;
  expect(trial.pushes().map(({ body }) => body)).toMatchObject([{ lead_list: [{ ...sent, company_name: company }] }]);
});

test('what was guessed about a file is said before the work, and not with --quiet', async () => {
  const trial = await startTrial();
  trial.write('leads.csv', 'E-Mail;Job Title;Odd\na@example.com;CTO;1\n');
  const told = await trial.run(['ingest', 'leads.csv']);
  expect(told.stderr).toMatch(/leads\.csv: CSV, utf-8, delimiter semicolon/);
  expect(told.stderr).toMatch(/persona ← Job Title/);
  expect(told.stderr).toMatch(/custom fields: Odd/);
  expect((await trial.run(['ingest', 'leads.csv', '--quiet'])).stderr).toBe('');
});
