import picocolors from 'picocolors';
import { expect, test } from 'vitest';
import { clip, displayWidth } from '../../src/cli/display-width.js';
import { fitWidths, tableWriter } from '../../src/cli/table.js';
import type { Column, Row } from '../../src/table/rows.js';

const COLUMNS: readonly Column[] = [
  { name: 'email', heading: 'E-mail', kind: 'address' },
  { name: 'persona', heading: 'Persona' },
  { name: 'score', heading: 'Score', kind: 'exact' },
  { name: 'at', heading: 'Updated (UTC)', kind: 'exact' },
];
const AT = '2026-01-31 09:05';
const row = (email: string, persona: string): Row => ({ email, persona, score: 85, at: AT });
const LONG = 'Vice President of Sales, Marketing and Everything Else in Europe';
const colors = picocolors.createColors(false);
const lines = (text: string) => text.trimEnd().split('\n');
const tableAt = (width: number | undefined, rows: Row[]) => lines(tableWriter(COLUMNS, { width, colors })(rows));

test('a table on a terminal is never wider than it', () => {
  const rows = [
    row('jo@example.com', LONG),
    row('somebody.with.a.long.name@subdomain.example.com', '山田太郎'.repeat(20)),
  ];
  for (let width = 59; width < 220; width++) {
    const table = tableAt(width, rows);
    expect(table, `${width} columns`).toHaveLength(3);
    for (const line of table) expect(displayWidth(line), `${width}: ${line}`).toBeLessThanOrEqual(width);
  }
});

test('free text is cut before an address, and numbers and dates never', () => {
  const email = 'some.body@subdomain.example.com';
  const [, shown] = tableAt(80, [row(email, LONG)]);
  expect(shown).toContain(email);
  expect(shown).toMatch(/Vice President of.*…/);
  expect(shown).toMatch(/ 85 +2026-01-31 09:05$/);
  expect(tableAt(59, [row(email, LONG)])[1]).toMatch(/^some\.body@.*… {2}Vice Pr… {2}85 {5}2026-01-31 09:05$/);
});

test('where a table cannot fit, each row is a block of headings and values, and empty values are left out', () => {
  expect(tableAt(40, [row('jo@example.com', 'CTO'), { ...row('b@example.com', ''), score: null }])).toEqual([
    'E-mail         jo@example.com',
    'Persona        CTO',
    'Score          85',
    `Updated (UTC)  ${AT}`,
    '',
    'E-mail         b@example.com',
    `Updated (UTC)  ${AT}`,
  ]);
  const [, persona] = tableAt(40, [row('jo@example.com', 'x'.repeat(5000))]);
  expect(persona).toHaveLength(120);
});

test('off a terminal nothing is cut, however long', () => {
  const [heading, shown] = tableAt(undefined, [row('jo@example.com', 'x'.repeat(5000))]);
  expect(shown).toContain('x'.repeat(5000));
  expect(heading?.indexOf('Score')).toBe(shown?.indexOf('85'));
});

test('columns stay where they are in later parts of a table, and the heading comes once', () => {
  const write = tableWriter(COLUMNS, { width: undefined, colors });
  const [heading, first] = lines(write([row('a.rather.long.address@example.com', 'Head of Sales')]));
  const later = lines(write([row('b@example.com', 'CTO')]));
  expect(later).toHaveLength(1);
  expect(later[0]?.indexOf('85')).toBe(first?.indexOf('85'));
  expect(heading).toMatch(/^E-mail/);
});

test('signs that are twice as wide count double, marks and joiners nothing', () => {
  expect(displayWidth('山田太郎')).toBe(8);
  expect(displayWidth('한국어')).toBe(6);
  expect(displayWidth('😀')).toBe(2);
  expect(displayWidth('e\u0301')).toBe(1);
  expect(displayWidth('משה כהן')).toBe(7);
  const table = tableAt(undefined, [row('a@example.com', '山田太郎'), row('b@example.com', 'Chief of Staff')]);
  const before = (line = '') => displayWidth(line.slice(0, line.indexOf('85')));
  expect(before(table[1])).toBe(before(table[2]));
});

test('no character is cut in two', () => {
  expect(clip('😀😀😀😀', 6)).toBe('😀😀…');
  expect(clip('e\u0301e\u0301e\u0301', 2)).toBe('e\u0301…');
  expect(clip('山田太郎', 4)).toBe('山…');
  expect(clip('short', 5)).toBe('short');
});

test('what steers a terminal is shown, in a table and in a block, and a row stays on its line', () => {
  const evil = '\u001b]0;pwned\u0007\u001b[2J\r\nnext\tcell \u202eflow \u009b31m';
  for (const width of [undefined, 200, 30]) {
    const text = tableWriter(COLUMNS, { width, colors })([row('a@example.com', evil)]);
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
    expect(lines(text).length).toBe(width === 30 ? 4 : 2);
  }
});

test('the widest column gives first', () => {
  const columns = [
    { name: 'a', heading: 'a' },
    { name: 'b', heading: 'b' },
  ];
  expect(fitWidths(columns, [10, 40], 42)).toEqual([10, 30]);
  expect(fitWidths(columns, [40, 40], 42)).toEqual([20, 20]);
  expect(fitWidths(columns, [5, 3], 42)).toEqual([5, 3]);
  expect(fitWidths(columns, [40, 40], 17)).toBeUndefined();
});
