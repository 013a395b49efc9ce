import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { until } from '../helpers/faults.js';
import { leadCsv, manyLeads, type Summary, startTrial, type Trial } from '../helpers/trial.js';

const MIXED = leadCsv([
  ['known@example.com', 'VP Sales', 85],
  ['new@example.com', 'VP Sales', 85],
  ['gone@example.com', 'VP Sales', 85],
  ['lost@example.com', 'VP Sales', 65],
  ['low@example.com', 'VP Sales', 10],
  ['x@mailinator.com', 'VP Sales', 90],
  ['new@example.com', 'VP Sales', 85],
  ['bad@example.com', 'VP Sales', '85%'],
  ['jo@nowhere', 'VP Sales', 85],
  ['jo@nowhere', 'VP Sales', 85],
]);

const rowsSchema = z.array(z.record(z.string(), z.string()));
const reportOf = (trial: Trial, file: string) =>
  rowsSchema.parse(parse(readFileSync(join(trial.dir, file)), { columns: true }));

/** How many rows have each outcome, of those that a summary has. */
function counted(rows: ReadonlyArray<Record<string, unknown>>, summary: Summary): Record<string, number> {
  const of = (name: string) => rows.filter(({ outcome }) => outcome === name).length;
  return Object.fromEntries(Object.keys(summary.outcomes).map((name) => [name, of(name)]));
}

async function mixedTrial() {
  const trial = await startTrial({ campaigns: ['123456'] });
  trial.write(
    'known.csv',
    leadCsv([
      ['known@example.com', 'VP Sales', 85],
      ['gone@example.com', 'VP Sales', 1],
    ]),
  );
  await trial.summary(['ingest', 'known.csv']);
  await trial.run(['forget', 'gone@example.com', '--yes']);
  trial.write('leads.csv', MIXED);
  return trial;
}

test('a report has a row for each row, with what became of it, in their order', async () => {
  const trial = await mixedTrial();
  const summary = await trial.summary(['ingest', 'leads.csv', '--report', 'report.csv']);
  const rows = reportOf(trial, 'report.csv');
  expect(Object.keys(rows[0] ?? {})).toEqual([
    'file',
    'line',
    'email',
    'outcome',
    'hold_reason',
    'campaign_id',
    'campaign',
    'rule',
    'why',
    'lead_id',
  ]);
  expect(rows.map(({ line, outcome }) => `${line} ${outcome}`)).toEqual([
    '2 already_active',
    '3 active',
    '4 blocked',
    '5 held',
    '6 unassigned',
    '7 blocked',
    '8 duplicate',
    '9 rejected',
    '10 blocked',
    '11 blocked',
  ]);
  expect(counted(rows, summary)).toEqual(summary.outcomes);
  expect(rows[1]).toMatchObject({
    file: 'leads.csv',
    email: 'new@example.com',
    hold_reason: '',
    campaign_id: '123456',
    rule: expect.stringContaining('→ 123456'),
    lead_id: trial.query<{ id: string }>("SELECT id FROM leads WHERE email = 'new@example.com'")[0]?.id,
  });
  const [erased] = rows.slice(2);
  expect(erased).toEqual({
    ...Object.fromEntries(Object.keys(erased ?? {}).map((name) => [name, ''])),
    file: 'leads.csv',
    line: '4',
    outcome: 'blocked',
  });
  expect(rows[3]).toMatchObject({
    hold_reason: 'campaign_not_found',
    campaign_id: '123457',
    why: expect.stringMatching(/\w/),
  });
  expect(rows[4]?.why).toContain('wants a score of');
  expect(rows[5]?.why).toContain('mailinator.com');
  expect(rows[7]?.why).toContain('85%');
  expect(rows[8]?.email).toBe('jo@nowhere');
});

test('a dry run reports the same rows, as NDJSON where the file is called so, and makes nothing else', async () => {
  const trial = await mixedTrial();
  const before = readdirSync(tmpdir()).filter((name) => name.startsWith('drason-'));
  const summary = await trial.summary(['ingest', 'leads.csv', '--dry-run', '--report', 'report.ndjson']);
  const text = readFileSync(join(trial.dir, 'report.ndjson'), 'utf8');
  const rows = z.array(z.record(z.string(), z.unknown())).parse(
    text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line)),
  );
  expect(counted(rows, summary)).toEqual(summary.outcomes);
  expect(rows[1]).toMatchObject({
    line: 3,
    outcome: 'held',
    hold_reason: 'queued',
    campaign_id: '123456',
    lead_id: null,
  });
  const after = readdirSync(tmpdir()).filter((name) => name.startsWith('drason-'));
  expect(after.filter((name) => !before.includes(name) && !name.startsWith('drason-test-'))).toEqual([]);
});

test('a run that is interrupted reports every row it read: what is not settled is held', async () => {
  const trial = await startTrial({ latencyMs: () => 400 });
  trial.write('leads.csv', manyLeads(1500));
  const summary = await trial.summary(['ingest', 'leads.csv', '--report', 'report.csv'], {
    onStart: (child) => void until(() => trial.pushes().length > 0).then(() => child.kill('SIGTERM')),
  });
  expect(summary.exit_code).toBe(143);
  const rows = reportOf(trial, 'report.csv');
  expect(rows).toHaveLength(summary.rows);
  expect(counted(rows, summary)).toEqual(summary.outcomes);
  expect(summary.outcomes.held).toBeGreaterThan(0);
});

test('a report replaces what drason wrote there, and nothing else', async () => {
  const trial = await startTrial();
  trial.write('leads.csv', leadCsv([['a@example.com', 'VP Sales', 85]]));
  trial.write('mine.csv', 'kept\n');
  const dry = (...args: string[]) => trial.run(['ingest', 'leads.csv', '--dry-run', ...args]);
  expect((await dry('--report', 'report.csv')).code).toBe(0);
  expect((await dry('--report', 'report.csv')).code).toBe(0);
  for (const [file, says] of [
    ['mine.csv', /drason did not write it/],
    ['rules.yaml', /the rules file/],
    ['leads.csv', /an input/],
  ] as const) {
    const { code, stderr } = await dry('--report', file);
    expect(code, file).toBe(2);
    expect(stderr).toMatch(says);
  }
  const both = await dry('--report', 'new.csv', '--rejects', './new.csv');
  expect(both).toMatchObject({ code: 2, stderr: expect.stringMatching(/both write to/) });
  expect(existsSync(join(trial.dir, 'new.csv'))).toBe(false);
  writeFileSync(join(trial.dir, 'report.csv'), 'changed\n');
  expect((await dry('--report', 'report.csv')).code).toBe(2);
  expect((await dry('--report', 'report.csv', '--force')).code).toBe(0);
  expect(readFileSync(join(trial.dir, 'mine.csv'), 'utf8')).toBe('kept\n');
});
