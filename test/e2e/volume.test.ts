import { expect, test } from 'vitest';
import type { RequestRecord } from '../../src/sandbox/server.js';
import { leadCsv, rulesFor, startTrial } from '../helpers/trial.js';

const CAMPAIGNS = [
  ['P1', '111111', 3333],
  ['P2', '222222', 2501],
  ['P3', '333333', 1999],
  ['P4', '444444', 1000],
  ['P5', '555555', 850],
  ['P6', '666666', 316],
  ['P7', '777777', 1],
] as const;
const RULES = rulesFor(CAMPAIGNS.map(([persona, id]) => [persona, id] as const));
const IDS = CAMPAIGNS.map(([, id]) => id);

/** The most arrivals in any span of two seconds. */
function densest(requests: readonly RequestRecord[]): number {
  const times = requests.map(({ at }) => at).sort((a, b) => a - b);
  return Math.max(...times.map((from) => times.filter((at) => at >= from && at < from + 2000).length));
}

/** The leads in turn, campaigns mixed as a real export has them; `share` of each campaign's number. */
function mixed(share: number) {
  const rows = CAMPAIGNS.flatMap(([persona, , count]) =>
    Array.from({ length: Math.ceil(count * share) }, (_, n) => ({ persona, n, place: (n + 0.5) / count })),
  ).sort((a, b) => a.place - b.place);
  const expected = CAMPAIGNS.reduce((sum, [, , count]) => sum + Math.ceil(Math.ceil(count * share) / 100), 0);
  return {
    csv: leadCsv(rows.map(({ persona, n }) => [`${persona}.${n}@example.com`, persona, 50] as const)),
    count: rows.length,
    expected,
  };
}

// How much of the limit is used is measured by bench/measures/push.ts.
test('leads of 7 uneven campaigns: no request too many, never over the limit, and none the second time', async () => {
  const trial = await startTrial({ rules: RULES, campaigns: [...IDS] });
  const { csv, count, expected } = mixed(0.25);
  trial.write('leads.csv', csv);
  const summary = await trial.summary(['ingest', 'leads.csv']);
  expect(summary).toMatchObject({ rows: count, requests: expected, exit_code: 0, outcomes: { active: count } });
  expect(trial.pushes()).toHaveLength(expected);
  expect(trial.requests.every(({ status }) => status === 200)).toBe(true);
  expect(densest(trial.requests)).toBeLessThanOrEqual(10);
  for (const [persona, id, n] of CAMPAIGNS) {
    const active = Math.ceil(n * 0.25);
    expect(trial.sandbox.account.memberCount(id), persona).toBe(active);
    expect(summary.campaigns[id]).toEqual({ active, held: 0 });
  }

  trial.requests.length = 0;
  const again = await trial.summary(['ingest', 'leads.csv']);
  expect(again).toMatchObject({ rows: count, requests: 0, exit_code: 0, outcomes: { already_active: count } });
  expect(trial.requests).toEqual([]);
  expect(trial.memberships()).toHaveLength(count);
}, 60_000);
