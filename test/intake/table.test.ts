import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { openInputs } from '../../src/intake/read-leads.js';
import { FIXTURES, intakeOptions, readFileAll, readText, tempFile } from './read-all.js';
import { workbook } from './workbook.js';

const emails = async (text: string, change = {}) => (await readText(text, change)).leads.map(({ email }) => email);
const ANN = 'ann@kestrel.example.com';
const BO = 'bo@lumen.example.com';

describe('finding the header', () => {
  it.each([
    ['reports/report-preamble.csv', 1],
    ['reports/salesforce-report.csv', 3],
    ['reports/google-contacts.csv', 1],
    ['reports/pandas-flattened.csv', 2],
    ['reports/pipedrive-people.csv', 3],
  ])('%s', async (file, leads) => {
    expect((await readFileAll(join(FIXTURES, file))).leads).toHaveLength(leads);
  });

  it.each([
    ['titles above', `Leads of May\n\nEmail,Name\n${ANN},Ann\n`],
    ['padded titles', `Leads of May,,\nby region,,\nName,Note,Mail\nAnn,x,${ANN}\n`],
    ['a title that speaks of e-mail', `My email list\nName;E-Mail-Adresse\nAnn;${ANN}\n`],
    ['a first row without an address', `Name,E-postadress\nBo,\nAnn,${ANN}\n`],
    ['a list of addresses alone', `${ANN}\n`],
  ])('%s', async (_, text) => {
    expect(await emails(text)).toEqual([ANN]);
  });

  it('a first line that is a lead is never lost as a header', async () => {
    await expect(readText(`${ANN},Ann\n${BO},Bo\n`)).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringMatching(
        /the first line looks like a lead, not a header; put a line such as "email,first_name" above it$/,
      ),
    });
  });
});

describe('finding the e-mail column by its values', () => {
  it.each([
    'Mail',
    'Primary Email',
    'E-mail 1 - Value',
    'Recommended Email',
    'E-Mail-Adresse',
    'Adresse e-mail',
    'Correo electrónico',
    'Person - Email - Work',
    'lead.email',
    'E-postadress',
    'Email (Work)',
    'Business E-mail',
    'Courriel',
    'contactEmail',
  ])('%s', async (name) => {
    expect(await emails(`Name,${name},Owner Email\nAnn,${ANN},kim@us.example.com\n`)).toEqual([ANN]);
  });

  it.each(['❌ No email found', 'No email found', '🚫 not found', 'keine E-Mail', 'N/A', 'Not available'])(
    'most rows say "%s"',
    async (none) => {
      const text = `Name,Find Work Email\nBo,${none}\nCy,${none}\nDi,${none}\nAnn,${ANN}\n`;
      expect(await emails(text)).toEqual([ANN]);
    },
  );

  it('a first address wins over a second', async () => {
    const text = `Person - Email - Home,Person - Email - Work\n${BO},${ANN}\n`;
    expect(await emails(text)).toEqual([ANN]);
  });

  it.each([
    [`Name,Kontaktkanal\nAnn,${ANN}\n`, '--map email="Kontaktkanal"'],
    [`Kanal,Weg\n${ANN},${BO}\n`, '--map email="Kanal", or --map email="Weg"'],
  ])('an unlikely name: the flag to type', async (text, flag) => {
    await expect(readText(text)).rejects.toMatchObject({ exitCode: 2, next: expect.stringContaining(flag) });
  });

  it.each(['Owner Email', 'Sender E-mail', 'Account Email', 'Created By Email', 'Assigned To (Email)', 'from_email'])(
    '%s is never a lead’s',
    async (name) => {
      await expect(readText(`Name,${name}\nAnn,${ANN}\n`)).rejects.toMatchObject({ exitCode: 2 });
    },
  );
});

describe('below the table', () => {
  async function read(text: string) {
    const [input] = await openInputs([tempFile('a.csv', text)], intakeOptions(), Readable.from([]));
    const rows = [];
    for await (const batch of input?.rows() ?? []) rows.push(...batch);
    return { kinds: rows.map(({ kind }) => kind), below: input?.passedOver().belowTable };
  }

  it('totals and copyright lines are counted, not rejected', async () => {
    const text = `Name,Title,Email\nAnn,CTO,${ANN}\nTotal,1,\n\n"Copyright (c) 2025"\nKestrel\n`;
    expect(await read(text)).toEqual({ kinds: ['lead'], below: 3 });
  });

  it('a short row between leads is rejected', async () => {
    const text = `Name,Title,Email\nAnn,CTO,${ANN}\nTotal\nBo,CTO,${BO}\n`;
    expect(await read(text)).toEqual({ kinds: ['lead', 'rejected', 'lead'], below: 0 });
  });

  it('a last row of a person without an address is rejected', async () => {
    expect(await read(`Name,Title,Email\nAnn,CTO,${ANN}\nBo,CEO,\n`)).toEqual({
      kinds: ['lead', 'rejected'],
      below: 0,
    });
  });
});

describe('what is no table', () => {
  it.each([
    ['%PDF-1.7\n', 'a PDF'],
    ['<!DOCTYPE html><table>', 'an HTML page'],
    ['<?xml version="1.0"?><a/>', 'an XML file'],
    ['BEGIN:VCARD\nVERSION:3.0\n', 'a vCard file'],
    ['SQLite format 3\0', 'an SQLite database'],
    ['BZh91AY&SY\x01', 'bzip2'],
  ])('%s', async (text, name) => {
    await expect(readText(Buffer.from(text, 'latin1'))).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringContaining(name),
    });
  });

  it('all unusable files are named at once', async () => {
    const files = [tempFile('a.csv', ''), tempFile('b.csv', `email\n${ANN}\n`), tempFile('c.pdf', '%PDF-1.4\n')];
    await expect(openInputs(files, intakeOptions(), Readable.from([]))).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringMatching(/^2 of 3 files[\s\S]*a\.csv is empty[\s\S]*c\.pdf is a PDF/),
    });
  });
});

describe('workbooks', () => {
  const rows = `<row r="2"><c r="A2" t="inlineStr"><is><t>Leads</t></is></c></row>
    <row r="4"><c r="A4" t="s"><v>0</v></c><c r="B4" t="s"><v>1</v></c><c r="C4" t="inlineStr"><is><t>Seen</t></is></c></row>
    <row r="7"><c r="A7" t="str"><f>x</f><v>${ANN}</v></c><c r="B7"><v>14155550101</v></c><c r="C7" s="1"><v>45717</v></c></row>
    <row r="9"><c r="A9" t="str"><v>${BO}</v></c></row>`;
  const strings = ['Email', 'Phone'];

  it.each([
    ['plain', (book: Buffer) => book],
    ['gzipped', (book: Buffer) => gzipSync(book)],
  ])('%s: formulas by value, dates as ISO, the sheet’s line numbers', async (_, wrap) => {
    const book = wrap(workbook({ Sheet1: rows }, strings));
    const { rows: read, plan } = await readFileAll(tempFile('leads.xlsx', book));
    expect(read).toMatchObject([
      { line: 7, lead: { email: ANN, phone: '14155550101', custom_fields: { Seen: '2025-03-01' } } },
      { line: 9, lead: { email: BO } },
    ]);
    expect(plan).toMatchObject({ format: 'xlsx', sheet: 'Sheet1' });
  });

  it('--sheet', async () => {
    const file = tempFile('leads.xlsx', workbook({ Cover: '', Leads: rows }, strings));
    expect((await readFileAll(file, { sheet: 'leads' })).leads).toHaveLength(2);
    await expect(readFileAll(file, { sheet: 'Lead' })).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringContaining('its sheets are "Cover", "Leads"'),
    });
  });

  it('a first sheet without an e-mail column: the others are named', async () => {
    const cover = '<row r="1"><c r="A1" t="inlineStr"><is><t>Read me</t></is></c></row>';
    const file = tempFile('leads.xlsx', workbook({ Cover: cover, Leads: rows }, strings));
    await expect(readFileAll(file)).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringContaining('the others are "Leads"'),
      next: expect.stringContaining('--sheet "Leads"'),
    });
  });
});

it.each([
  ['[{"email":"a@x.example.com",}]', 'column 29: a comma before the closing }'],
  ['[{"email":"a@x.example.com"}\n{"email":"b@x.example.com"}]', 'a comma is missing'],
  ["[{'email':1}]", 'single quote'],
  ['[{email:1}]', 'the key email is not in double quotes'],
  ['[{"email":NaN}]', 'NaN is no JSON value'],
  ['[{"email":1}]\n[{"email":2}]', 'another document'],
  ['[{"email":"a\n"}]', 'a line break inside a string'],
  ['[{"email":1} // x\n]', 'a comment'],
])('JSON %s', async (text, words) => {
  const said = await readText(text).then(
    ({ failure }) => String(failure),
    (error) => String(error),
  );
  expect(said).toContain(words);
});
