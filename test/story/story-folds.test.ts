import { expect, test } from 'vitest';
import { foldStory } from '../../src/story/story-folds.js';
import type { AttemptEntry, HeldEntry, StoryEntry } from '../../src/story/story-types.js';

let n = 0;
const at = () => new Date(Date.UTC(2026, 0, 1) + n++ * 1000).toISOString();

function attempt(message: string, leads: number, hold_reason: string | null = 'queued'): AttemptEntry {
  return {
    kind: 'attempt',
    at: at(),
    run: 'r',
    text: message,
    attempt: n,
    number: n,
    campaign: '1',
    step: 'push',
    leads,
    started_at: null,
    outcome: 'poisoned',
    http_status: 400,
    answer: message,
    message,
    counters: null,
    result: {
      action: 'held',
      hold_reason,
      evidence: null,
      smartlead_lead_id: null,
      message,
      next_attempt_at: null,
    },
    late: false,
    reopened: false,
  };
}
const held = (message: string): HeldEntry => {
  return { kind: 'held', at: at(), run: 'r', text: message, hold_reason: 'auth', message };
};
const retried = (was: string): StoryEntry => {
  return { kind: 'other', at: at(), run: 'r', text: `retry of ${was}`, action: 'x', details: {} };
};

test('a batch that is split twelve times is told in one step and a line', () => {
  const sizes = [4000, 2000, 1000, 500, 250, 125, 63, 32, 16, 8, 4, 2];
  const split = sizes.map((size) => attempt(`400 lead_list[${size}].email must be valid`, size));
  const folds = foldStory([...split, attempt('400 lead_list[0].email must be valid', 1, 'refused')]);
  expect(folds.map(({ entries, more }) => [entries.length, more])).toEqual([
    [1, 11],
    [1, 0],
  ]);
  expect(folds[0]?.leads).toEqual(sizes.slice(1));
  expect(folds[0]?.until).toBe(split.at(-1)?.at);
});

test('a decision and what came of it, over and over, are one series', () => {
  const entries = Array.from({ length: 40 }, () => [retried('auth'), held('401 no')]).flat();
  const folds = foldStory([attempt('first', 1), ...entries, attempt('last', 1)]);
  expect(folds.map((fold) => [fold.entries.length, fold.more])).toEqual([
    [1, 0],
    [2, 39],
    [1, 0],
  ]);
});

test('what was repeated once, and what differs in its reason, is told one by one', () => {
  const entries = [held('a'), held('a'), attempt('x', 5), attempt('x', 4, 'unknown'), attempt('x', 3)];
  expect(foldStory(entries).flatMap((fold) => fold.entries)).toEqual(entries);
});

test('nothing is lost: entries and repetitions add up', () => {
  for (let seed = 1; seed < 200; seed++) {
    const entries = Array.from({ length: seed % 30 }, (_, i) => held((seed * (i + 3) * 7919) % 5 < 3 ? 'a' : 'b'));
    const told = foldStory(entries).reduce((sum, fold) => sum + fold.entries.length * (fold.more + 1), 0);
    expect(told).toBe(entries.length);
  }
});
