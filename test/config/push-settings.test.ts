import { expect, test } from 'vitest';
import { layOver, type PushSettings, readTyped } from '../../src/config/push-settings.js';
import { windowsText, windowTexts } from '../../src/config/windows.js';
import { DatabaseError } from '../../src/errors.js';

const FILE: PushSettings = {
  batchSize: 100,
  rateLimit: [{ requests: 10, perMs: 2000 }],
  settings: {
    ignore_global_block_list: false,
    ignore_unsubscribe_list: false,
    ignore_duplicate_leads_in_other_campaign: true,
  },
};

test('windows that are printed are read as the same windows, whatever their span', () => {
  for (const perMs of [1, 250, 1500, 2000, 90_000, 3_600_000, 5_400_000, 86_400_000]) {
    const windows = [
      { requests: 10, perMs },
      { requests: 100_000, perMs: 1000 },
    ];
    expect(windowsText.parse(windowTexts(windows).join(', '))).toEqual(windows);
  }
});

test('what is kept lies over the rules file; the rest stays', () => {
  const flag = 'smartlead.settings.ignore_duplicate_leads_in_other_campaign';
  expect(layOver(FILE, {})).toEqual(FILE);
  expect(layOver(FILE, { 'smartlead.rate_limit': '3 per 1s, 100 per 1h', [flag]: false })).toEqual({
    batchSize: 100,
    rateLimit: [
      { requests: 3, perMs: 1000 },
      { requests: 100, perMs: 3_600_000 },
    ],
    settings: { ...FILE.settings, ignore_duplicate_leads_in_other_campaign: false },
  });
});

test('a kept value that is out of its limits is an error that names it, not a push with it', () => {
  expect(() => layOver(FILE, { 'smartlead.batch_size': 500 })).toThrow(DatabaseError);
  expect(() => layOver(FILE, { 'smartlead.batch_size': 500 })).toThrow(/smartlead\.batch_size.*1 to 400/);
});

test.each([
  ['smartlead.batch_size', ' 25 ', 25],
  ['smartlead.batch_size', '', null],
  ['smartlead.rate_limit', '10 PER 2s,1000 per 60m', '10 per 2s, 1000 per 1h'],
  ['smartlead.settings.ignore_unsubscribe_list', 'true', true],
] as const)('%s typed as "%s" is %s', (setting, typed, value) => {
  expect(readTyped(setting, typed)).toEqual({ value });
});

test.each([
  ['smartlead.batch_size', '0', 'from 1 to 400'],
  ['smartlead.batch_size', '401', 'from 1 to 400'],
  ['smartlead.batch_size', '1e2', 'from 1 to 400'],
  ['smartlead.batch_size', '-5', 'from 1 to 400'],
  ['smartlead.rate_limit', '10', 'expected windows such as'],
  ['smartlead.rate_limit', '10 per 2s,', 'expected windows such as'],
  ['smartlead.rate_limit', '10 per 2', 'a time span with its unit'],
  ['smartlead.rate_limit', '10 per 25h', 'a time span from 1ms to 1d'],
  ['smartlead.rate_limit', '0 per 2s', 'from 1 to 100000'],
  ['smartlead.settings.ignore_unsubscribe_list', 'yes', 'expected true or false'],
] as const)('%s typed as "%s" is refused, as the rules file would', (setting, typed, problem) => {
  expect(readTyped(setting, typed)).toEqual({ problem: expect.stringContaining(problem) });
});
