import type { ChildProcess } from 'node:child_process';
import { parse } from 'csv-parse/sync';
import { expect, test } from 'vitest';
import { until } from '../helpers/faults.js';
import { leadCsv, manyLeads, startTrial, type Trial } from '../helpers/trial.js';

interface Entry {
  id: number;
  email: string | null;
  trigger: string;
  action: string;
  details: Record<string, unknown>;
}

async function entries(trial: Trial, ...args: string[]): Promise<Entry[]> {
  const { code, stdout, stderr } = await trial.run(['audit', ...args, '--json']);
  expect(code, stderr).toBe(0);
  return JSON.parse(stdout).rows;
}

async function twoRuns(): Promise<Trial & { first: string; second: string }> {
  const trial = await startTrial();
  trial.write(
    'one.csv',
    leadCsv([
      ['active@example.com', 'VP Sales', 85],
      ['ann+invalid@example.com', 'VP Sales', 85],
    ]),
  );
  trial.write('two.csv', leadCsv([['pool@example.com', 'Nobody', 1]]));
  const first = await trial.summary(['ingest', 'one.csv']);
  const second = await trial.summary(['ingest', 'two.csv']);
  return { ...trial, first: first.run_id, second: second.run_id };
}

test('the audit log is shown in the order in which things happened, with the address and what is known', async () => {
  const trial = await twoRuns();
  const all = await entries(trial);
  expect(all.map(({ id }) => id)).toEqual(all.map((_, index) => index + 1));
  expect(all[0]).toMatchObject({
    email: 'active@example.com',
    trigger: 'ingest',
    action: 'assigned',
    details: { campaign: '123456', file: 'one.csv', line: 2 },
  });
  const { stdout } = await trial.run(['audit']);
  const table = stdout.trimEnd().split('\n');
  expect(table).toHaveLength(all.length + 1);
  expect(table[1]).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d +active@example\.com +ingest +assigned +campaign 123456 /);
  expect(table[1]).toMatch(/one\.csv:2$/);
  expect(table.at(-1)).toMatch(/pool@example\.com +ingest +unassigned/);
});

test('each filter of the audit log leaves what fits', async () => {
  const trial = await twoRuns();
  const actions = async (...args: string[]) => (await entries(trial, ...args)).map(({ action }) => action);
  expect(await actions('--email', 'ACTIVE@example.com')).toEqual(['assigned', 'pushed_to_smartlead']);
  expect(await actions('--email', 'nobody@example.com')).toEqual([]);
  expect(await actions('--action', 'push_failed')).toEqual(['push_failed']);
  expect(await actions('--trigger', 'delivery')).toHaveLength(2);
  expect(await actions('--run', trial.second)).toEqual(['unassigned']);
  expect(await actions('--run', trial.first, '--trigger', 'ingest')).toEqual(['assigned', 'assigned']);
  expect(await actions('--campaign', '123456')).toHaveLength(4);
  expect(await actions('--campaign', '12345')).toEqual([]);
  expect(await actions('--since', '1h')).toHaveLength(5);
  expect(await actions('--since', '2099-01-01')).toEqual([]);
});

test('a limit takes the newest entries, still in their order; a table has fifty', async () => {
  const trial = await startTrial();
  trial.write('leads.csv', manyLeads(70, 'Nobody'));
  await trial.summary(['ingest', 'leads.csv']);
  expect((await entries(trial)).length).toBe(70);
  expect((await entries(trial, '--limit', '3')).map(({ id }) => id)).toEqual([68, 69, 70]);
  expect((await entries(trial, '--limit', '3', '--email', 'lead5@example.com')).map(({ id }) => id)).toEqual([6]);
  const table = (await trial.run(['audit'])).stdout.trimEnd().split('\n');
  expect(table).toHaveLength(51);
  expect(table[1]).toContain('lead20@example.com');
  expect(table.at(-1)).toContain('lead69@example.com');
  const csv = parse((await trial.run(['audit', '--format', 'csv', '--limit', '1'])).stdout, { columns: true });
  expect(csv).toMatchObject([{ id: '70', details: expect.stringMatching(/^\{.*"file":"leads\.csv"/) }]);
});

/** Follows the log; `meanwhile` is given the process and what it has printed so far. */
async function following(
  trial: Trial,
  args: readonly string[],
  meanwhile: (child: ChildProcess, shown: () => string) => Promise<void>,
) {
  let text = '';
  return trial.run(['audit', '--follow', ...args], {
    onStart(child) {
      child.stdout?.on('data', (part: string) => {
        text += part;
      });
      void meanwhile(child, () => text);
    },
  });
}

test.each(['ndjson', 'table'])(
  '--follow prints what is there, then what comes, until a signal (%s)',
  async (format) => {
    const trial = await twoRuns();
    trial.write('three.csv', leadCsv([['later@example.com', 'Nobody', 1]]));
    let came = false;
    const result = await following(trial, ['--format', format], async (child, shown) => {
      await until(() => shown().includes('pool@example.com'));
      await trial.summary(['ingest', 'three.csv']);
      came = await until(() => shown().includes('later@example.com'));
      child.kill('SIGINT');
    });
    expect(came).toBe(true);
    expect(result).toMatchObject({ code: 0, signal: null, stderr: '' });
    const lines = result.stdout.trimEnd().split('\n');
    expect(lines).toHaveLength(format === 'table' ? 7 : 6);
    if (format === 'ndjson') expect(lines.map((line) => JSON.parse(line).id)).toEqual([1, 2, 3, 4, 5, 6]);
  },
);

test('--follow ends well when nobody reads any more', async () => {
  const trial = await twoRuns();
  const result = await following(trial, ['--format', 'ndjson'], async (child, shown) => {
    await until(() => shown().includes('pool@example.com'));
    child.stdout?.destroy();
    trial.write('three.csv', leadCsv([['later@example.com', 'Nobody', 1]]));
    await trial.summary(['ingest', 'three.csv']);
  });
  expect(result).toMatchObject({ code: 0, signal: null, stderr: '' });
});

test('--follow with a filter shows only what fits of what comes', async () => {
  const trial = await twoRuns();
  trial.write('three.csv', leadCsv([['later@example.com', 'VP Sales', 85]]));
  const filter = ['--action', 'pushed_to_smartlead', '--format', 'ndjson'];
  const { code, stdout } = await following(trial, filter, async (child, shown) => {
    await until(() => shown().includes('active@example.com'));
    await trial.summary(['ingest', 'three.csv']);
    await until(() => shown().includes('later@example.com'));
    child.kill('SIGTERM');
  });
  expect(code).toBe(0);
  const emails = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line).email);
  expect(emails).toEqual(['active@example.com', 'later@example.com']);
});

test('what audit cannot make sense of ends with exit 2 and says why', async () => {
  const trial = await twoRuns();
  const wrong: Array<[args: string[], says: RegExp]> = [
    [['--follow', '--json'], /--follow/],
    [['--action', 'pushed'], /--action/],
    [['--trigger', 'me'], /--trigger/],
    [['--run', 'nope'], /no run nope/],
  ];
  for (const [args, says] of wrong) {
    const { code, stderr } = await trial.run(['audit', ...args]);
    expect(code, args.join(' ')).toBe(2);
    expect(stderr).toMatch(says);
  }
});
