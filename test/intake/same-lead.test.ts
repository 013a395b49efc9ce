import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FIXTURES, readFileAll } from './read-all.js';

const folder = join(FIXTURES, 'same-lead');

const expected = [
  {
    email: 'jürgen.müller@example.com',
    first_name: 'Jürgen',
    last_name: 'Müller',
    company: '“Blau” & Söhne',
    persona: 'VP Sales',
    lead_score: 85,
    custom_fields: { Notes: 'pays in € – not $; "cash" only' },
  },
  {
    email: 'zoe@sub.example.org',
    first_name: 'Zoë',
    last_name: 'O’Neil',
    company: 'Neil, Pipes | Co; Ltd',
    persona: 'CTO',
    lead_score: 72.5,
    custom_fields: { Notes: 'two\nlines' },
  },
];

/** Where the two leads begin, and what is found out about the file. */
const files: Record<string, { lines: [number, number]; encoding?: string; delimiter?: string; format?: string }> = {
  'utf8.csv': { lines: [2, 3], delimiter: ',' },
  'utf8-bom.csv': { lines: [2, 3] },
  'utf16le-bom.csv': { lines: [2, 3], encoding: 'utf-16le', delimiter: '\t' },
  'utf16be-bom.csv': { lines: [2, 3], encoding: 'utf-16be' },
  'utf16le-no-bom.csv': { lines: [2, 3], encoding: 'utf-16le' },
  'utf16be-no-bom.csv': { lines: [2, 3], encoding: 'utf-16be' },
  'windows-1252.csv': { lines: [2, 3], encoding: 'windows-1252', delimiter: ';' },
  'semicolon.csv': { lines: [2, 3], delimiter: ';' },
  'tab.tsv': { lines: [2, 3], delimiter: '\t' },
  'pipe.csv': { lines: [2, 3], delimiter: '|' },
  'sep-line.csv': { lines: [3, 4], delimiter: ';' },
  'crlf.csv': { lines: [2, 3] },
  'cr.csv': { lines: [2, 3] },
  'array.json': { lines: [2, 11], format: 'json' },
  'array-one-line.json': { lines: [1, 1], format: 'json' },
  'objects.json': { lines: [1, 10], format: 'json' },
  'lines.ndjson': { lines: [1, 2], format: 'ndjson' },
  'utf8.csv.gz': { lines: [2, 3] },
  'lines.ndjson.gz': { lines: [1, 2], format: 'ndjson' },
};

describe('the same leads, however they are written', () => {
  it('covers every file of the folder', () => {
    expect(readdirSync(folder).sort()).toEqual(Object.keys(files).sort());
  });

  for (const [file, { lines, encoding = 'utf-8', delimiter, format = 'csv' }] of Object.entries(files)) {
    it(file, async () => {
      const { leads, rows, plan } = await readFileAll(join(folder, file));
      expect(leads).toEqual(expected.map((lead) => ({ ...lead, source: format })));
      expect(rows.map((row) => row.line)).toEqual(lines);
      expect(plan).toMatchObject({ format, encoding, compressed: file.endsWith('.gz') });
      if (delimiter) expect(plan.delimiter).toBe(delimiter);
    });
  }
});
