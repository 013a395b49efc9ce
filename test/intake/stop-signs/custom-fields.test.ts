import { expect, it } from 'vitest';
import { readFileAll, tempFile } from '../read-all.js';

it('what a custom_fields object says of mailing is read as a column of its own would be', async () => {
  const people = [
    { email: 'ada@kestrel-freight.com', custom_fields: { Plan: 'Pro', 'ZB Status': 'valid', Unsubscribed: false } },
    { email: 'bo@kestrel-freight.com', custom_fields: { Unsubscribed: 'yes' } },
    { email: 'cy@kestrel-freight.com', custom_fields: { 'ZB Status': 'invalid' } },
    { email: 'di@kestrel-freight.com', custom_fields: { 'Marketing permission': 'pending legal review' } },
    { email: 'ed@kestrel-freight.com', custom_fields: { Segment: 'Do Not Contact' } },
  ];
  const { leads } = await readFileAll(tempFile('leads.json', JSON.stringify(people)));
  const said = leads.map((lead) => [lead.unsubscribed ?? false, lead.verifier, lead.review?.[0]?.column]);
  expect(said).toEqual([
    [false, 'valid', undefined],
    [true, undefined, undefined],
    [false, 'invalid', undefined],
    [false, undefined, 'Marketing permission'],
    [true, undefined, undefined],
  ]);
});
