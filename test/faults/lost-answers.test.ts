import { expect, test } from 'vitest';
import type { Fault } from '../../src/sandbox/faults.js';
import { leadCsv, startTrial } from '../helpers/trial.js';

const PERSONAS = ['VP Sales', 'Marketing Manager'] as const;
const LEADS = Array.from({ length: 400 }, (_, n) => [`lead${n}@example.com`, PERSONAS[n % 2] ?? '', 85] as const);

test.each<Fault>(['reset-after', '500-after', 'empty'])(
  'a server that takes every batch and spoils the first answer (%s): all end ACTIVE, nobody is attached twice',
  async (fault) => {
    const seen = new Set<string>();
    const trial = await startTrial({
      processes: true,
      faults: ({ method, body }) => {
        const batch = JSON.stringify(body);
        if (method !== 'POST' || seen.has(batch)) return undefined;
        seen.add(batch);
        return fault;
      },
    });
    trial.write('leads.csv', leadCsv(LEADS));
    await trial.summary(['ingest', 'leads.csv']);
    for (let round = 0; round < 4 && Object.keys(trial.states()).join() !== 'ACTIVE'; round++) {
      await trial.summary(['retry', '--held', '--now']);
    }
    expect(trial.states()).toEqual({ ACTIVE: LEADS.length });
    expect(trial.memberships()).toHaveLength(LEADS.length);
  },
);

test('a server that drops every answer at first leaves no lead ACTIVE on the mere word of nobody', async () => {
  const trial = await startTrial({ processes: true, faults: () => 'reset-after' });
  trial.write('leads.csv', leadCsv(LEADS.slice(0, 150)));
  const summary = await trial.summary(['ingest', 'leads.csv']);
  expect(summary.outcomes.active).toBe(0);
  expect(summary.exit_code).toBe(3);
  expect(trial.sandbox.account.memberships()).toHaveLength(150);
  expect(trial.states()).toEqual({ 'HELD unknown': 150 });
});
