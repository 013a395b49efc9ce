import type { ChildProcess } from 'node:child_process';
import { expect, test } from 'vitest';
import { faultEnv, until } from '../helpers/faults.js';
import { startTrial } from '../helpers/trial.js';

/** More than the two minutes a process may work on what it claimed. */
const LATER = 121_000;
const GONE = 'xena@gone-corp.com';
const NEXT = 'yuri@next-corp.com';
const row = (email: string) => `email,persona,lead_score\n${email},VP Sales,90\n`;

/** An ingest of GONE stands still with its request in flight, past its lease; then GONE is erased and NEXT comes. */
async function lateAnswer(invalid: 'reject' | undefined) {
  let got = 0;
  const trial = await startTrial({
    processes: true,
    latencyMs: () => (got++ === 0 ? 500 : 0),
    ...(invalid ? { invalid } : {}),
  });
  const gone = invalid ? GONE.replace('@', '+invalid@') : GONE;
  trial.write('gone.csv', row(gone));
  trial.write('next.csv', row(NEXT));
  let stopped: ChildProcess | undefined;
  const ended = trial.run(['ingest', 'gone.csv'], {
    onStart: (child) => {
      stopped = child;
    },
  });
  expect(await until(() => got > 0)).toBe(true);
  stopped?.kill('SIGSTOP');
  expect(await until(() => trial.requests.length === 1)).toBe(true);
  // for this process two minutes have passed
  const later = { env: faultEnv({ steadyAheadMs: LATER }) };
  const forgot = await trial.run(['forget', gone, '--yes'], later);
  expect(forgot.code).toBe(0);
  await trial.run(['ingest', 'next.csv', '--no-push'], later);
  stopped?.kill('SIGCONT');
  await ended;
  return { trial, gone };
}

/** Every text in the database, table by table. */
function everything(trial: Awaited<ReturnType<typeof startTrial>>): string {
  const tables = trial.query<{ name: string }>("SELECT name FROM sqlite_master WHERE type = 'table'");
  return JSON.stringify(tables.map(({ name }) => trial.query(`SELECT * FROM "${name}"`)));
}

test('the late success of a person who was erased makes nobody else ACTIVE, and writes nothing about them', async () => {
  const { trial, gone } = await lateAnswer(undefined);
  expect(trial.states()).toEqual({ 'HELD review': 1 });
  expect(trial.query('SELECT * FROM memberships')).toEqual([]);
  expect(trial.query('SELECT smartlead_lead_id FROM leads')).toEqual([{ smartlead_lead_id: null }]);
  expect(trial.query('SELECT 1 FROM leads WHERE seq = 1')).toEqual([]);
  const after = trial.query<{ action: string }>(
    "SELECT action FROM audit_logs WHERE id > (SELECT max(id) FROM audit_logs WHERE action = 'erased') AND entity = 'lead'",
  );
  expect(after.map(({ action }) => action)).toEqual(['assigned']);
  expect(everything(trial)).not.toContain(gone);
});

test('a late refusal that names an erased person leaves no trace of them', async () => {
  const { trial, gone } = await lateAnswer('reject');
  expect(trial.states()).toEqual({ 'HELD review': 1 });
  expect(everything(trial)).not.toContain(gone);
});
