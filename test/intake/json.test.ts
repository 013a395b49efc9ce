import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InputBroken } from '../../src/intake/read-leads.js';
import { readText } from './read-all.js';

const emails = (result: Awaited<ReturnType<typeof readText>>) => result.leads.map((lead) => lead.email);
const deep = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`;

describe('JSON arrays', () => {
  it('scalars keep their type, null and absent are nothing, objects and arrays become JSON text', async () => {
    const { leads } = await readText(
      '[{"email":"a@example.com","n":1.5,"b":false,"s":" x ","z":null,"o":{"k":[1]},"phone":4930123456}]',
    );
    expect(leads).toEqual([
      {
        email: 'a@example.com',
        phone: '4930123456',
        source: 'json',
        custom_fields: { n: 1.5, b: false, s: 'x', o: '{"k":[1]}' },
      },
    ]);
  });

  it('an element that is no object costs itself', async () => {
    const { rows } = await readText('[1,\n"x",null,\n{"email":"a@example.com"}, [2]]');
    expect(rows.map((row) => [row.line, row.kind === 'lead' ? row.lead.email : row.reason])).toEqual([
      [1, '1 is not an object'],
      [2, '"x" is not an object'],
      [2, 'null is not an object'],
      [3, 'a@example.com'],
      [3, '[2] is not an object'],
    ]);
  });

  it('broken syntax ends the input with its line and column, after the rows before it', async () => {
    const result = await readText(
      '[\n{"email":"a@example.com"},\n{"email":"b@example.com"},\n{"email" "c"},\n{"email":"d"}]',
    );
    expect(emails(result)).toEqual(['a@example.com', 'b@example.com']);
    expect(result.failure).toBeInstanceOf(InputBroken);
    expect(result.failure).toMatchObject({
      exitCode: 3,
      line: 4,
      message: expect.stringMatching(/:4: not valid JSON at column 10: a colon is missing/),
    });
  });

  it('an array that is cut off, or followed by something', async () => {
    const cut = await readText('[{"email":"a@example.com"},\n{"email":"b@exam');
    expect(emails(cut)).toEqual(['a@example.com']);
    expect(cut.failure).toMatchObject({ exitCode: 3, line: 2 });
    const more = await readText('[{"email":"a@example.com"}]\n{"email":"b@example.com"}');
    expect(emails(more)).toEqual(['a@example.com']);
    expect(more.failure).toMatchObject({ exitCode: 3, line: 2 });
  });

  it('nothing readable at all is exit 2', async () => {
    await expect(readText('[{"email" 1}]')).rejects.toMatchObject({ exitCode: 2 });
  });

  it('depth 5,000: a clean error, or the line it is on', async () => {
    const result = await readText(`[{"email":"a@example.com"},\n{"email":"b@example.com","x":${deep(5000)}}]`);
    expect(emails(result)).toEqual(['a@example.com']);
    expect(result.failure).toMatchObject({ exitCode: 3, message: expect.stringContaining(':2: nested more than 64') });
    const lines = await readText(`{"email":"a@example.com","x":${deep(5000)}}\n{"email":"b@example.com"}\n`);
    expect(emails(lines)).toEqual(['b@example.com']);
    expect(lines.rejected).toMatchObject([{ line: 1, reason: 'nested more than 64 levels deep' }]);
  });

  for (const shape of ['array', 'ndjson']) {
    const wrap = (element: string) => (shape === 'array' ? `[${element}]` : `${element}\n`);

    it(`${shape}: numbers that are not exact`, async () => {
      const { leads } = await readText(
        wrap(
          '{"email":"a@example.com","big":9007199254740993,"huge":1e400,"exact":9007199254740991,"text":"1e400","d":0.1234567890123456789}',
        ),
      );
      expect(leads[0]?.custom_fields).toEqual({
        big: '9007199254740993',
        huge: '1e400',
        exact: 9007199254740991,
        text: '1e400',
        d: '0.1234567890123456789',
      });
      for (const score of ['1e400', '-1e400', '9007199254740993', 'true', '"85%"', '"Infinity"']) {
        const { rejected } = await readText(wrap(`{"email":"a@example.com","lead_score":${score}}`));
        expect(rejected, score).toMatchObject([{ reason: expect.stringMatching(/^score ".*" is /) }]);
      }
    });

    it(`${shape}: __proto__ is an ordinary field`, async () => {
      const { leads } = await readText(
        wrap(
          '{"email":"a@example.com","__proto__":{"polluted":1},"custom_fields":{"__proto__":"x","constructor":"y"}}',
        ),
      );
      expect(Object.getOwnPropertyNames(leads[0]?.custom_fields).sort()).toEqual(['__proto__', 'constructor']);
      expect(Object.getPrototypeOf(leads[0]?.custom_fields)).toBe(Object.prototype);
      expect(Object.prototype).not.toHaveProperty('polluted');
    });

    it(`${shape}: NUL, U+FFFD and halves of characters cost their row`, async () => {
      for (const bad of ['\\u0000', '\\ufffd', '\ufffd', '\\ud83d']) {
        const { rows } = await readText(wrap(`{"email":"a@example.com","x":"${bad}"}`));
        expect(rows, bad).toMatchObject([{ kind: 'rejected', reason: expect.stringMatching(/NUL|UTF-8/) }]);
      }
    });

    it(`${shape}: invalid bytes cost their row`, async () => {
      const parts = ['{"email":"a@example.com","x":"\xff"}', '{"email":"b@example.com"}'];
      const text = shape === 'array' ? `[${parts.join(',\n')}]` : parts.join('\n');
      const result = await readText(Buffer.from(text, 'latin1'), { encoding: 'utf-8' });
      expect(emails(result)).toEqual(['b@example.com']);
      expect(result.rejected).toMatchObject([{ line: 1 }]);
    });
  }

  it('two fields that mean the same under the same name: only when they differ', async () => {
    const result = await readText(
      '[{"email":"a@example.com"},{"Email":"b@example.com"},{"email":"c@example.com","Email":"d@example.com"}]',
    );
    expect(emails(result)).toEqual(['a@example.com', 'b@example.com']);
    expect(result.rejected).toMatchObject([{ reason: '"email" and "Email" both mean email and differ' }]);
  });

  it('an element larger than 1 MiB ends the input quickly', async () => {
    const began = performance.now();
    const result = await readText(
      `[{"email":"a@example.com"},{"email":"b@example.com","x":"${'y'.repeat(20_000_000)}"}]`,
    );
    expect(emails(result)).toEqual(['a@example.com']);
    expect(result.failure).toMatchObject({ exitCode: 3, message: expect.stringContaining('larger than 1 MiB') });
    expect(performance.now() - began).toBeLessThan(5000);
  });

  it('an empty array is an input without rows', async () => {
    const { rows, plan } = await readText(' [ ]\n');
    expect(rows).toEqual([]);
    expect(plan.notes).toContain('no element');
  });

  it('property: line numbers of pretty-printed elements are true', async () => {
    const element = fc.record({
      email: fc.constant('a@example.com'),
      text: fc.string({ unit: 'grapheme' }),
      n: fc.double(),
      list: fc.array(fc.string()),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(element, { minLength: 1 }),
        fc.nat(3),
        fc.constantFrom('\n', '\r\n'),
        async (elements, indent, lineEnd) => {
          const texts = elements.map((value) => JSON.stringify(value, null, indent).replaceAll('\n', lineEnd));
          const lines: number[] = [];
          let text = `[${lineEnd}`;
          for (const one of texts) {
            lines.push(text.split('\n').length);
            text += `${one},${lineEnd}`;
          }
          const { rows } = await readText(`${text.slice(0, text.lastIndexOf(','))}]`);
          expect(rows.map((row) => row.line)).toEqual(lines);
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('NDJSON', () => {
  it('a bad line costs that line; blank ones are counted', async () => {
    const { rows } = await readText('{"email":"a@example.com"}\r\n\n{"email":\n[1]\n{"email":"b@example.com"}');
    expect(rows.map((row) => [row.line, row.kind === 'lead' ? row.lead.email : row.reason.split(':')[0]])).toEqual([
      [1, 'a@example.com'],
      [3, 'not valid JSON at column 9'],
      [4, '[1] is not an object'],
      [5, 'b@example.com'],
    ]);
  });

  it('a line larger than 1 MiB costs that line and little memory', async () => {
    const { rows } = await readText(
      `{"email":"a@example.com"}\n{"x":"${'y'.repeat(3_000_000)}"}\n{"email":"b@example.com"}\n`,
    );
    expect(rows.map((row) => (row.kind === 'lead' ? row.lead.email : row.reason))).toEqual([
      'a@example.com',
      'this line is larger than 1 MiB',
      'b@example.com',
    ]);
    expect(JSON.stringify(rows).length).toBeLessThan(2000);
  });

  it('the first line may be the bad one', async () => {
    const { rows } = await readText('{"email":"a@exam\n{"email":"b@example.com"}\n');
    expect(rows.map((row) => row.kind)).toEqual(['rejected', 'lead']);
  });

  it('no e-mail field is exit 2', async () => {
    await expect(readText('{"name":"x"}\n')).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringContaining('"name"'),
    });
  });
});

describe('one object around the list', () => {
  const TWO = '{"email":"a@example.com","tags":[{"x":1}]},\n{"email":"b@example.com"}';

  it.each([
    ['leads', `{"leads":[${TWO}]}`],
    ['data', `{\n"total": 2, "errors": [],\n"data": [${TWO}],\n"meta": {"filters": [{"a": 1}], "pages": [1, 2]}\n}\n`],
    ['results', `{"results":\n[${TWO}]\n}`],
  ])('%s: the list is read, its place is said, and the lines are true', async (key, text) => {
    const { plan, rows, leads, failure } = await readText(text);
    expect(failure).toBeUndefined();
    expect(leads.map((lead) => lead.email)).toEqual(['a@example.com', 'b@example.com']);
    expect(plan).toMatchObject({ format: 'json', notes: [`the leads are the list in "${key}"`] });
    const line = (wanted: string) => text.slice(0, text.indexOf(wanted)).split('\n').length;
    expect(rows.map((row) => row.line)).toEqual([line('{"email":"a'), line('{"email":"b')]);
  });

  it('an object with an address of its own is a lead, whatever lists it has', async () => {
    for (const text of [
      '{"email":"a@example.com","tags":[{"x":1}]}',
      '{\n"tags":[{"x":1}],\n"Contact":"a@example.com"\n}',
    ]) {
      expect(emails(await readText(text, { map: text.includes('Contact') ? { email: 'Contact' } : {} }))).toEqual([
        'a@example.com',
      ]);
    }
  });

  it('of several objects each is a lead, also if the first has no address', async () => {
    const { leads, rejected } = await readText('{"phone":"1","tags":[{"x":1}]}\n{"email":"a@example.com"}\n');
    expect(leads.map((lead) => lead.email)).toEqual(['a@example.com']);
    expect(rejected).toMatchObject([{ line: 1, reason: 'no e-mail address' }]);
  });

  it.each([
    ['{"a":[{"email":"a@example.com"}],"b":[{"x":1}]}', /it has several lists: "a", "b"/, "jq '.a' FILE"],
    [
      '{"results":{"items":[{"email":"a@example.com"}]}}',
      /its list is in "results\.items"/,
      "jq '.results.items' FILE",
    ],
  ])('%s is refused, and the message says how to take the list out', async (text, message, command) => {
    const error = await readText(text).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ exitCode: 2, message: expect.stringMatching(message) });
    expect(error).toMatchObject({ next: expect.stringContaining(`${command} | drason ingest -`) });
  });

  it('an empty list is no element, not a mistake', async () => {
    const { plan, rows } = await readText('{"errors":null,"leads":[]}');
    expect(rows).toEqual([]);
    expect(plan.notes).toEqual(['the leads are the list in "leads"', 'no element']);
  });

  it('cut off, or with a second list beyond the first megabyte: the rows before stand', async () => {
    const cut = await readText('{"leads":[{"email":"a@example.com"},\n{"email":"b@exam');
    expect(emails(cut)).toEqual(['a@example.com']);
    expect(cut.failure).toMatchObject({ exitCode: 3, line: 2 });
    const long = `${`{"email":"a@example.com","x":"${'x'.repeat(1000)}"},\n`.repeat(1200)}{"email":"b@example.com"}`;
    const second = await readText(`{"leads":[${long}],\n"more":[{"email":"c@example.com"}]}`);
    expect(second.rows).toHaveLength(1201);
    expect(second.failure).toMatchObject({
      exitCode: 3,
      line: 1202,
      message: expect.stringContaining('"leads", "more"'),
    });
  });
});
