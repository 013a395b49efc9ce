import { join } from 'node:path';
import { expect, test } from 'vitest';
import { FIXTURES, readFileAll } from '../read-all.js';

/** What must come of each address, by what is before its @: `-` is sent, `~` loses points, the others are stopped. */
const CASES: ReadonlyArray<readonly [file: string, outcomes: Readonly<Record<string, string>>]> = [
  ['zerobounce-all-results', { ada: '-', gi: '-', cy: '~', bo: 'red', di: 'red', ed: 'red', fy: 'red' }],
  ['neverbounce-result', { ada: '-', gi: '-', cy: '~', bo: 'red', di: 'red' }],
  ['bouncer', { ada: '-', gi: '-', cy: '~', bo: 'red', di: 'red' }],
  ['dropcontact', { ada: '-', bo: '~', cy: 'red' }],
  ['hubspot-optout-bounce', { ada: '-', bo: 'out', cy: 'out', di: 'red', ed: 'red' }],
  ['apollo-full', { ada: '-', bo: 'red', cy: '~', di: 'review', 'ed.jung': '-' }],
  ['smartlead-leads-export', { ada: '-', bo: 'out', cy: 'red', di: 'review', ed: 'out' }],
  ['suitecrm-4923-export', { ada: '-', bo: 'out' }],
  ['mailchimp-unsubscribed', { ada: 'out' }],
  ['mailchimp-cleaned', { bo: 'red' }],
  ['excel-de-bool', { ada: '-', bo: 'out' }],
  ['linkedin-leadgen', { ada: '-', test: 'review' }],
  [
    'status-words',
    {
      ...Object.fromEntries([...'abcdefghno'].map((name) => [name, 'out'])),
      ...Object.fromEntries([...'ijklm'].map((name) => [name, 'red'])),
      p: 'review',
      q: '-',
      r: '-',
    },
  ],
];

test.each(CASES)('%s', async (file, outcomes) => {
  const { leads } = await readFileAll(join(FIXTURES, 'stop-signs', `${file}.csv`));
  const became = leads.map(({ email, unsubscribed, review, verifier }) => {
    const red = verifier === 'invalid' || verifier === 'bounced';
    const kept = review?.length ? 'review' : verifier === 'risky' ? '~' : '-';
    return [email.slice(0, email.indexOf('@')), unsubscribed ? 'out' : red ? 'red' : kept];
  });
  expect(Object.fromEntries(became)).toEqual(outcomes);
});

test("a verifier's score is no lead score", async () => {
  const { leads } = await readFileAll(join(FIXTURES, 'stop-signs', 'bouncer.csv'));
  expect(leads.map((lead) => lead.lead_score)).toEqual(leads.map(() => undefined));
});
