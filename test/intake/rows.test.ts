import { describe, expect, it } from 'vitest';
import { readText } from './read-all.js';

describe('rows of a CSV file', () => {
  it('a bad row costs that row, with its true line', async () => {
    const text = [
      'email,Memo,Score', // 1
      'a@example.com,"two', // 2
      'lines",1', // 3
      '', // 4
      'b@example.com,x\0y,1', // 5
      'c@example.com,too,1,many,cells', // 6
      'd@example.com,few', // 7
      ',no address,1', // 8
      'e@example.com,,85%', // 9
      ';;;', // 10: one cell where three belong
      ',,', // 11: blank
      'f@example.com,=HYPERLINK("http://x.example.com"),3,,', // 12
      'g@example.com,"ACME" Inc,4', // 13
    ].join('\n');
    const { rows } = await readText(text);
    expect(rows.map((row) => [row.line, row.kind === 'lead' ? row.lead.email : row.reason])).toEqual([
      [2, 'a@example.com'],
      [5, 'a NUL byte in "Memo"'],
      [6, '5 cells where the header has 3; too many: "many | cells"'],
      [7, '2 cells where the header has 3'],
      [8, 'no e-mail address'],
      [9, 'score "85%" is not a plain number (write 85)'],
      [10, '1 cell where the header has 3'],
      [12, 'f@example.com'],
      [13, 'g@example.com'],
    ]);
    const names = rows.flatMap((row) => (row.kind === 'lead' ? [row.lead.custom_fields.Memo] : []));
    expect(names).toEqual(['two\nlines', '=HYPERLINK("http://x.example.com")', '"ACME" Inc']);
  });

  it('a CRLF inside quotes is one line', async () => {
    const { rows } = await readText('email,Note\r\na@example.com,"1\r\n2\r\n3"\r\nb@example.com,x\n');
    expect(rows.map((row) => row.line)).toEqual([2, 5]);
  });

  it('scores: plain finite numbers only', async () => {
    const score = async (value: string) => {
      const { leads, rejected } = await readText(`email;score\na@example.com;${value}\n`);
      return leads[0] ? leads[0].lead_score : rejected[0]?.reason;
    };
    expect(await score('85')).toBe(85);
    expect(await score(' 85.5 ')).toBe(85.5);
    expect(await score('-1')).toBe(-1);
    for (const blank of ['', 'N/A', 'n/a', '-', 'null', 'NaN', 'None', '#REF!', '(blank)'])
      expect(await score(blank), blank).toBeUndefined();
    for (const bad of ['85%', '85,5', 'abc', 'Infinity', '0x10', '1e400', '9007199254740993', '1 2']) {
      expect(await score(bad), bad).toContain(`score "${bad}" is`);
    }
    expect(await score('85,25')).toContain('(write 85.25)');
    // 1,250 may be 1250 or 1.25.
    for (const bad of ['1,250', '12,500', '1,250,000', '1,250.5'])
      expect(await score(bad), bad).toBe(`score "${bad}" is not a plain number`);
    expect(await score('\u001b[31m85')).toBe('score "\\u001b[31m85" is not a plain number');
  });

  it('addresses are normalised and not judged', async () => {
    const { leads } = await readText('email\n A.B@Example.COM \nnot an@address\nName <a@example.com>\n');
    expect(leads.map((lead) => lead.email)).toEqual(['a.b@example.com', 'not an@address', 'a@example.com']);
  });

  it('invalid bytes cost their row; no U+FFFD gets through', async () => {
    const head = Buffer.from(`email,Memo\n${'x@example.com,ok\n'.repeat(70_000)}`); // beyond the first MB
    const { leads, rejected, plan } = await readText(
      Buffer.concat([head, Buffer.from('bad@example.com,M\xfcller\n', 'latin1')]),
    );
    expect(plan.encoding).toBe('utf-8');
    expect(leads).toHaveLength(70_000);
    expect(rejected).toMatchObject([{ line: 70_002, reason: expect.stringMatching(/^not valid UTF-8 in "Memo"/) }]);
    const forced = await readText(Buffer.from('email,Memo\na@example.com,\xff\n', 'latin1'), { encoding: 'utf8' });
    expect(forced.rejected).toHaveLength(1);
  });

  it('a multi-byte character cut at the first megabyte is no reason to doubt UTF-8', async () => {
    const [begin, row] = ['email,Memo\n', `a@example.com,${'y'.repeat(1000)}\n`];
    const rows = begin + row.repeat(1030);
    for (let shift = 1; shift <= 4; shift++) {
      // The last row's ü and 😀 lie around byte 1,048,576.
      const pad = 'p'.repeat(1024 * 1024 - rows.length - 'z@example.com,'.length - shift);
      const { plan, leads } = await readText(`${rows}z@example.com,${pad}ü😀\n${row}`);
      expect(plan.encoding).toBe('utf-8');
      expect(leads[1030]?.custom_fields.Memo).toBe(`${pad}ü😀`);
    }
  });

  it('forced encodings and delimiters', async () => {
    const latin = Buffer.from('email;Memo\na@example.com;caf\xe9\n', 'latin1');
    expect((await readText(latin, { encoding: 'latin1' })).leads[0]?.custom_fields.Memo).toBe('café');
    await expect(readText(latin, { encoding: 'klingon' })).rejects.toMatchObject({ exitCode: 2 });
    for (const delimiter of ['\t', '\\t', 'tab']) {
      expect((await readText('email\tA;B\na@example.com\t1;2\n', { delimiter })).leads[0]?.custom_fields).toEqual({
        'A;B': '1;2',
      });
    }
    await expect(readText('email\n', { delimiter: '::' })).rejects.toMatchObject({ exitCode: 2 });
  });

  it('blank lines before the header, and after', async () => {
    const { rows } = await readText('\n\nemail,Memo\n\n\na@example.com,x\n   \nb@example.com,y');
    expect(rows.map((row) => row.line)).toEqual([6, 8]);
  });

  it('a one-column file', async () => {
    expect((await readText('email\na@example.com\nb@example.com')).leads).toHaveLength(2);
  });
});
