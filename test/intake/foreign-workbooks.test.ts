import { join } from 'node:path';
import { expect, it } from 'vitest';
import { FIXTURES, readFileAll } from './read-all.js';

/** Written by exceljs 4.4 (hidden first sheet, merged title, rich text, links, formulas, dates, errors) and SheetJS 0.18. */
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
