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

/** What part of the limit's pace was used, beginning with ten at once as the limit allows. */
function paceUsed(requests: readonly RequestRecord[]): number {
  const times = requests.map(({ at }) => at);
  const span = Math.max(...times) - Math.min(...times);
  const fastest = (Math.ceil(requests.length / 10) - 1) * 2000;
  return fastest / span;
}

test('10,000 leads over 7 uneven campaigns: no request too many, never over the limit, and the limit used', async () => {
  const trial = await startTrial({ rules: RULES, campaigns: [...IDS] });
  const { csv, count, expected } = mixed(1);
  expect(count).toBe(10_000);
  trial.write('leads.csv', csv);
  const summary = await trial.summary(['ingest', 'leads.csv']);
  expect(summary).toMatchObject({ rows: 10_000, requests: expected, exit_code: 0, outcomes: { active: 10_000 } });
  expect(trial.pushes()).toHaveLength(expected);
  expect(trial.requests.every(({ status }) => status === 200)).toBe(true);
  expect(densest(trial.requests)).toBeLessThanOrEqual(10);
  expect(paceUsed(trial.requests)).toBeGreaterThanOrEqual(0.9);
  for (const [persona, id, n] of CAMPAIGNS) {
    expect(trial.sandbox.account.memberCount(id), persona).toBe(n);
    expect(summary.campaigns[id]).toEqual({ active: n, held: 0 });
  }

  trial.requests.length = 0;
  const again = await trial.summary(['ingest', 'leads.csv']);
  expect(again).toMatchObject({ rows: 10_000, requests: 0, exit_code: 0, outcomes: { already_active: 10_000 } });
  expect(trial.requests).toEqual([]);
  expect(trial.memberships()).toHaveLength(10_000);
}, 60_000);

test('a server that takes 100 ms to answer is used to nine tenths of the limit too', async () => {
  const trial = await startTrial({ rules: RULES, campaigns: [...IDS], latencyMs: 100 });
  const { csv, count, expected } = mixed(0.18);
  trial.write('leads.csv', csv);
  const summary = await trial.summary(['ingest', 'leads.csv']);
  expect(summary).toMatchObject({ requests: expected, exit_code: 0, outcomes: { active: count } });
  expect(trial.pushes()).toHaveLength(expected);
  expect(densest(trial.requests)).toBeLessThanOrEqual(10);
  expect(paceUsed(trial.requests)).toBeGreaterThanOrEqual(0.9);
}, 60_000);
