import { join } from 'node:path';
import { expect, it } from 'vitest';
import { FIXTURES, readFileAll } from './read-all.js';

/** Written by exceljs 4.4 (hidden first sheet, merged title, rich text, links, formulas, dates, errors), SheetJS 0.18 and openpyxl 3.0. */
const read = (name: string) => readFileAll(join(FIXTURES, 'workbooks', name));

it('reads what exceljs writes: the first visible sheet, values of formulas, dates as ISO', async () => {
  const { leads, plan } = await read('exceljs.xlsx');
  expect(plan.sheet).toBe('Leads');
  expect(leads).toMatchObject([
    {
      email: 'ada@kestrel-freight.com',
      first_name: 'Ada',
      company: 'Kestrel & Sons',
      lead_score: 85,
      phone: '441632960001',
      custom_fields: { 'Signed up': '2025-03-01', Full: 'Ada x' },
    },
    { email: 'bo@kestrel-freight.com', unsubscribed: true, custom_fields: { 'Signed up': '2025-03-01T09:30:00' } },
    { email: 'cy@kestrel-freight.com', first_name: 'Cy', custom_fields: {} },
  ]);
});

it('reads what SheetJS writes: dates as text of their own type', async () => {
  const { leads } = await read('sheetjs.xlsx');
  expect(leads).toMatchObject([{ email: 'ada@kestrel-freight.com', custom_fields: { since: '2025-03-01' } }]);
});

it('reads what openpyxl writes: of formulas that nobody has worked out the formula, so that none passes as blank', async () => {
  const { leads, rejected } = await read('openpyxl.xlsx');
  expect(leads).toMatchObject([
    { email: 'ada@kestrel-freight.com', lead_score: 85, custom_fields: { 'Last Contacted': '2026-01-02T03:04:00' } },
    { email: 'bo@kestrel-freight.com', unsubscribed: true, custom_fields: { 'Last Contacted': '2026-01-02' } },
    { email: 'cy@kestrel-freight.com' },
    { email: 'di@kestrel-freight.com', review: [{ column: 'Unsubscribed', value: '=IF(C7>1,"x","")' }] },
  ]);
  expect(rejected).toMatchObject([{ line: 8, reason: expect.stringContaining('=40+40') }]);
});
