import { chmodSync } from 'node:fs';
import { PassThrough, Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isPlaceholder } from '../../src/intake/blank.js';
import { InputBroken, openInputs } from '../../src/intake/read-leads.js';
import { intakeOptions, readFileAll, readText, tempFile, tempFolder } from './read-all.js';

const none = Readable.from([]);

describe('inputs', () => {
  it('stdin, and only once', async () => {
    const stdin = Readable.from([Buffer.from('email\na@exam'), Buffer.from('ple.com\n')]);
    const [input] = await openInputs(['-'], intakeOptions(), stdin);
    const rows = [];
    for await (const batch of input?.rows() ?? []) rows.push(...batch);
    expect(rows).toMatchObject([{ lead: { email: 'a@example.com' } }]);
    await expect(openInputs(['-', '-'], intakeOptions(), none)).rejects.toMatchObject({ exitCode: 2 });
  });

  it('all inputs are checked before the first is used', async () => {
    const good = tempFile('good.csv', 'email\na@example.com\n');
    for (const [bad, message] of [
      [`${good}.missing`, 'does not exist'],
      [tempFolder(), 'is a directory'],
      [tempFile('empty.csv', ''), 'is empty'],
      [tempFile('blank.csv', ' \n\n\t'), 'is empty'],
      [tempFile('book.xlsx', 'PK\x03\x04rest'), 'damaged zip archive or workbook'],
      [tempFile('none.csv', 'Name\nx\n'), 'no e-mail column'],
      [tempFile('open.csv', '"email,Name\na@example.com,x\n'), 'no header row'],
      [tempFile('cut.gz', gzipSync('email\na@example.com\n').subarray(0, 12)), 'cut off'],
      [tempFile('binary.csv', Buffer.from([0, 1, 2, 0, 0, 3, 255, 254, 10, 0])), 'binary.csv'],
    ] as const) {
      await expect(openInputs([good, bad], intakeOptions(), none), message).rejects.toMatchObject({
        exitCode: 2,
        message: expect.stringContaining(message),
      });
    }
  });

  it.skipIf(process.getuid?.() === 0)('a file that may not be read', async () => {
    const file = tempFile('secret.csv', 'email\n');
    chmodSync(file, 0);
    await expect(openInputs([file], intakeOptions(), none)).rejects.toMatchObject({ exitCode: 2 });
  });

  it('a header without rows is an input without rows', async () => {
    const { rows, plan } = await readText('email,Name\n');
    expect(rows).toEqual([]);
    expect(plan.notes).toEqual(['a header, and no row below it']);
  });

  it('--limit counts over all inputs', async () => {
    const files = [1, 2, 3].map((n) => tempFile(`${n}.csv`, 'email\na@example.com\n,\nb@example.com\n'));
    const counts = [];
    for (const input of await openInputs(files, intakeOptions({ limit: 4 }), none)) {
      let rows = 0;
      for await (const batch of input.rows()) rows += batch.length;
      counts.push(rows);
    }
    expect(counts).toEqual([2, 2, 0]);
  });

  it('batches hold about 1,000 rows', async () => {
    const file = tempFile('many.csv', `email\n${'a@example.com\n'.repeat(25_000)}`);
    const [input] = await openInputs([file], intakeOptions(), none);
    const sizes = [];
    for await (const batch of input?.rows() ?? []) sizes.push(batch.length);
    expect(sizes).toEqual(new Array(25).fill(1000));
  });

  it('the reader waits for its consumer', async () => {
    let given = 0;
    const rows = Buffer.from('a@example.com,some more text here\n'.repeat(2000));
    async function* endless() {
      yield Buffer.from('email,Note\n');
      for (;;) {
        given += rows.length;
        yield rows;
      }
    }
    const [input] = await openInputs(['-'], intakeOptions(), Readable.from(endless(), { objectMode: false }));
    for await (const batch of input?.rows() ?? []) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      if (batch.length > 0) break;
    }
    expect(given).toBeLessThan(2_000_000);
  });

  it('close() lets go of stdin', async () => {
    const stdin = new PassThrough();
    stdin.end('email\na@example.com\n');
    const [input] = await openInputs(['-'], intakeOptions(), stdin);
    await input?.close();
    await input?.close();
    expect(stdin.destroyed).toBe(true);
  });
});

describe('inputs that break off', () => {
  it('truncated gzip: the rows before stand', async () => {
    const text = `email,Name\n${Array.from({ length: 50_000 }, (_, i) => `u${i}@example.com,${Math.sin(i)}\n`).join('')}`;
    const whole = gzipSync(text);
    const { leads, failure } = await readFileAll(tempFile('cut.csv.gz', whole.subarray(0, whole.length >> 1)));
    expect(leads.length).toBeGreaterThan(20_000);
    expect(failure).toBeInstanceOf(InputBroken);
    expect(failure).toMatchObject({
      exitCode: 3,
      line: leads.length + 2,
      message: expect.stringMatching(/cut\.csv\.gz:\d+: the gzip data ends too early/),
    });
  });

  it('damaged gzip', async () => {
    const whole = gzipSync(
      Buffer.from(`email\n${Array.from({ length: 20_000 }, (_, i) => `u${i * 7919}@example.com\n`).join('')}`),
    );
    whole.fill(0xff, whole.length >> 1, (whole.length >> 1) + 64);
    const { failure } = await readFileAll(tempFile('damaged.csv.gz', whole));
    expect(failure).toMatchObject({ exitCode: 3, message: expect.stringMatching(/the gzip data is damaged/) });
  });

  it('truncated gzip of NDJSON and of an array', async () => {
    const objects = Array.from({ length: 20_000 }, (_, i) =>
      JSON.stringify({ email: `u${i}@example.com`, n: Math.sin(i) }),
    );
    for (const text of [objects.join('\n'), `[${objects.join(',\n')}]`]) {
      const whole = gzipSync(text);
      const { leads, failure } = await readFileAll(tempFile('cut.gz', whole.subarray(0, whole.length >> 1)));
      expect(leads.length).toBeGreaterThan(8000);
      expect(failure).toMatchObject({ exitCode: 3, line: leads.length + 1 });
    }
  });

  it('a quote that is never closed: the line on which its record begins', async () => {
    const { leads, failure } = await readText('email,Name\na@example.com,x\nb@example.com,"y\nc@example.com,z\n');
    expect(leads).toHaveLength(1);
    expect(failure).toMatchObject({ exitCode: 3, line: 3, message: expect.stringContaining('never closed') });
  });

  it('a 50 MB field: refused within a second, at most 64 MB more memory', async () => {
    const file = tempFile(
      'big.csv',
      Buffer.concat([Buffer.from('email,Name\na@example.com,x\nb@example.com,"'), Buffer.alloc(50_000_000, 'y')]),
    );
    const before = process.memoryUsage().rss;
    const began = performance.now();
    const { leads, failure } = await readFileAll(file);
    expect(performance.now() - began).toBeLessThan(1000);
    expect(process.memoryUsage().rss - before).toBeLessThan(64 * 1024 * 1024);
    expect(leads).toHaveLength(1);
    expect(failure).toMatchObject({ exitCode: 3, line: 3 });
  });

  it('a gzip bomb: refused just as quickly', async () => {
    const file = tempFile(
      'bomb.csv.gz',
      gzipSync(Buffer.concat([Buffer.from('email,Name\na@example.com,"'), Buffer.alloc(100_000_000, 'y')])),
    );
    const before = process.memoryUsage().rss;
    await expect(readFileAll(file)).rejects.toMatchObject({ exitCode: 2, message: expect.stringContaining(':2: ') });
    expect(process.memoryUsage().rss - before).toBeLessThan(64 * 1024 * 1024);
  });
});

describe('memory', () => {
  it('does not grow with the file', async () => {
    const rows = Buffer.from(
      Array.from({ length: 1000 }, (_, i) => `u${i}@example.com,First,Last,A Company,${i}\n`).join(''),
    );
    async function peakOf(pieces: number): Promise<number> {
      async function* text() {
        yield Buffer.from('email,first name,last name,company,lead score\n');
        for (let i = 0; i < pieces; i++) yield rows;
      }
      const [input] = await openInputs(['-'], intakeOptions(), Readable.from(text(), { objectMode: false }));
      let peak = 0;
      for await (const batch of input?.rows() ?? []) if (batch.length) peak = Math.max(peak, process.memoryUsage().rss);
      return peak;
    }
    const small = await peakOf(100);
    expect(await peakOf(500)).toBeLessThan(small + 64 * 1024 * 1024);
  });
});

describe('property', () => {
  it('what a quoting writer wrote is read back, with true lines', async () => {
    const cell = fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 12 }),
      fc.string({
        unit: fc.constantFrom('"', ',', ';', '\n', '\r\n', '\t', '|', 'a', ' ', "'", '=', 'é', '😀'),
        maxLength: 10,
      }),
    );
    const row = fc.tuple(cell, cell, cell).map((cells) => cells.map((text) => text.replace(/[\0\uFFFD\p{Cs}]/gu, '')));
    await fc.assert(
      fc.asyncProperty(
        fc.array(row, { minLength: 1, maxLength: 20 }),
        fc.constantFrom(',', ';', '\t', '|'),
        fc.constantFrom('\n', '\r\n'),
        async (rows, delimiter, lineEnd) => {
          const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
          let text = ['email', 'A', 'B', 'C'].join(delimiter) + lineEnd;
          const lines: number[] = [];
          for (const cells of rows) {
            lines.push(text.split('\n').length);
            text += ['a@example.com', ...cells].map(quoted).join(delimiter) + lineEnd;
          }
          const result = await readText(text);
          expect(result.rows.map((one) => one.line)).toEqual(lines);
          expect(result.leads.map(({ custom_fields: own }) => [own.A ?? '', own.B ?? '', own.C ?? ''])).toEqual(
            rows.map((cells) => cells.map((written) => (isPlaceholder(written.trim()) ? '' : written.trim()))),
          );
        },
      ),
      { numRuns: 150 },
    );
  });
});
