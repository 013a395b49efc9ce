import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { guardFormula, unguardFormula } from '../../src/intake/apostrophe.js';
import { openInputs } from '../../src/intake/read-leads.js';
import { createRejectsWriter } from '../../src/intake/rejects.js';
import { ownOutput } from '../../src/output-file.js';
import { intakeOptions, readFileAll, tempFile, tempFolder } from './read-all.js';

async function writeRejects(names: string[], file: string): Promise<number> {
  const inputs = await openInputs(names, intakeOptions(), Readable.from([]));
  const writer = createRejectsWriter(ownOutput(file), inputs);
  for (const input of inputs) {
    for await (const batch of input.rows())
      for (const row of batch) if (row.kind === 'rejected') await writer.write(row);
  }
  return writer.close();
}

describe('the rejects file', () => {
  it('keeps the original columns, adds line and reason, and can be mended and read again', async () => {
    const input = tempFile('leads.csv', 'Email,Note,Score\n,"two\nlines",1\na@example.com,x,high\nb@example.com,x,1\n');
    const file = join(dirname(input), 'rejects.csv');
    expect(await writeRejects([input], file)).toBe(2);
    expect(readFileSync(file, 'utf8')).toBe(
      'Email,Note,Score,_line,_reason\n,"two\nlines",1,2,no e-mail address\na@example.com,x,high,4,"score ""high"" is not a plain number"\n',
    );
    writeFileSync(
      file,
      readFileSync(file, 'utf8').replace('\n,"two', '\nc@example.com,"two').replace(',high,', ',70,'),
    );
    const again = await readFileAll(file);
    expect(again.leads).toMatchObject([
      { email: 'c@example.com', lead_score: 1, custom_fields: { Note: 'two\nlines' } },
      { email: 'a@example.com', lead_score: 70, custom_fields: { Note: 'x' } },
    ]);
    expect(again.plan.ignored).toEqual(['_line', '_reason']);
  });

  it('makes formulas harmless and gives them back unchanged', async () => {
    const cells = ['=1+1', '+49 30', '-x', '@a', '\tb', '\rc', "'=d", "'e", 'f'];
    const header = cells.map((_, i) => `C${i}`);
    const quoted = cells.map((cell) => `"${cell}"`).join(',');
    const input = tempFile('leads.csv', `Email,=H,${header.join(',')}\n,h,${quoted}\n`);
    const file = join(dirname(input), 'rejects.csv');
    await writeRejects([input], file);
    const written = readFileSync(file, 'utf8');
    expect(written).toContain("'=1+1,'+49 30,'-x,'@a,'\tb,\"'\rc\",''=d,''e,f,");
    expect(written.startsWith("Email,'=H,")).toBe(true);
    writeFileSync(file, written.replace('\n,h', '\na@example.com,h'));
    const { leads } = await readFileAll(file);
    expect(leads[0]?.custom_fields).toEqual({
      '=H': 'h',
      ...Object.fromEntries(cells.map((cell, i) => [`C${i}`, cell.trim()])),
    });
    fc.assert(fc.property(fc.string(), (cell) => unguardFormula(guardFormula(cell)) === cell));
  });

  it('several CSV inputs: the union of their columns, and the input in the reason', async () => {
    const first = tempFile('a.csv', 'Email,Plan\n,pro\n');
    const second = tempFile('b.csv', 'email;Team\n;x\n');
    const file = join(dirname(first), 'rejects.csv');
    await writeRejects([first, second], file);
    expect(readFileSync(file, 'utf8').split('\n')).toEqual([
      'Email,Plan,Team,_line,_reason',
      `,pro,,2,${first}: no e-mail address`,
      `,,x,2,${second}: no e-mail address`,
      '',
    ]);
  });

  it('NDJSON as soon as an input is JSON', async () => {
    const csv = tempFile('a.csv', 'Email,Plan\n,pro\n');
    const json = tempFile('b.ndjson', '{"email":"a@example.com"}\n{"email":"","__proto__":1,"n":2}\n{"email":\n');
    const file = join(dirname(csv), 'rejects.ndjson');
    await writeRejects([csv, json], file);
    const lines = readFileSync(file, 'utf8').trim().split('\n');
    expect(lines[0]).toBe(`{"Email":"","Plan":"pro","_line":2,"_reason":"${csv}: no e-mail address"}`);
    expect(lines[1]).toBe(`{"email":"","__proto__":1,"n":2,"_line":2,"_reason":"${json}: no e-mail address"}`);
    expect(JSON.parse(lines[2] ?? '')).toMatchObject({ _raw: '{"email":', _line: 3 });
    const again = await readFileAll(file);
    expect(again.rejected).toHaveLength(3);
    expect(again.plan.ignored).toEqual(expect.arrayContaining(['_line', '_reason']));
  });

  it('no reject, no file; nothing is left beside it', async () => {
    const input = tempFile('leads.csv', 'email\na@example.com\n');
    const folder = tempFolder();
    expect(await writeRejects([input], join(folder, 'rejects.csv'))).toBe(0);
    expect(readdirSync(folder)).toEqual([]);
    writeFileSync(input, 'email,x\n,1\n');
    await writeRejects([input], join(folder, 'rejects.csv'));
    expect(readdirSync(folder)).toEqual(['rejects.csv']);
  });

  it('is not there before close()', async () => {
    const input = tempFile('leads.csv', 'email,x\n,1\n');
    const file = join(dirname(input), 'rejects.csv');
    const inputs = await openInputs([input], intakeOptions(), Readable.from([]));
    const writer = createRejectsWriter(ownOutput(file), inputs);
    await writer.write({ line: 2, reason: 'r', raw: { input: 0, cells: ['', '1'] } });
    expect(existsSync(file)).toBe(false);
    await writer.close();
    expect(existsSync(file)).toBe(true);
    await inputs[0]?.close();
  });
});
