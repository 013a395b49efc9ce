/** No answer, however it is made, holds the process up: whatever reads it takes time in proportion to its length. */
import { expect, test } from 'vitest';
import { readCampaign, readCampaigns } from '../../src/smartlead/campaigns.js';
import type { HttpResult } from '../../src/smartlead/exchange.js';
import { readPushResult, restAskedFor } from '../../src/smartlead/failures.js';
import { readLookup, readRosterPage } from '../../src/smartlead/look-up.js';

const MEGABYTE = 1_000_000;
/** The piece again and again, so that it is a megabyte when written `times` times into JSON. */
const long = (piece: string, times: number) => piece.repeat(MEGABYTE / times / (JSON.stringify(piece).length - 2));
const EMAILS = Array.from({ length: 100 }, (_, index) => `lead${index}@example.com`);

const PIECES = [
  ...[
    '<',
    '<a',
    '< <',
    ' ',
    '\n',
    '\t<',
    '&',
    '%',
    '\\',
    '\\"',
    '"',
    '@',
    'a@',
    'a@b.',
    '.',
    '!',
    '0',
    '1',
    '1.',
    '1e',
    '-',
  ],
  ...[
    'lead_list[',
    'lead_list[9',
    'lead_list.',
    'already ',
    'exists in ',
    'exists in campaign',
    'error code: ',
    'not ',
  ],
  ...['"ok"', '"ok" ', '"ok":', 'api_key=', 'null', 'GMT', '00:', '[', '{"a":', 'limit ', 'ä', '\u0000'],
];

/** Bodies a megabyte long: the piece as it is, and in every place of an answer that is read further. */
function bodies(piece: string): string[] {
  const [once, often] = [long(piece, 1), long(piece, 8)];
  const answer = { ok: true, total_leads: 1, message: often, status: often, error: often, note: often, [often]: 1 };
  return [
    once,
    JSON.stringify({ message: once }),
    JSON.stringify({ ...answer, emailToLeadIdMap: { newlyAddedLeads: { [often]: often } } }),
    JSON.stringify({ total_leads: 1, skipped_leads: [{ email: often, reason: often }] }),
    JSON.stringify({ id: often, email: often, name: often, lead_campaign_data: [{ campaign_id: often }] }),
    JSON.stringify({ total_leads: 1, data: [{ lead: { id: often, email: often } }] }),
    `{"total_leads":${once}`,
  ];
}

test.each(PIECES)('a megabyte of %j is read in no time, whatever the status', (piece) => {
  for (const body of bodies(piece)) {
    for (const status of [200, 302, 400, 429]) {
      const header = piece.repeat(16_000 / piece.length).replace(/[\r\n\0]/g, '');
      const headers = { location: header, 'retry-after': header, date: header, 'x-ratelimit-reset': header };
      const result: HttpResult = { kind: 'answer', status, headers, body };
      const began = performance.now();
      readPushResult(result, { emails: EMAILS, askedForLeadIds: true }, 0);
      if (status === 200) {
        readLookup(result, 'lead0@example.com', '1', 0);
        readRosterPage(result, 0);
        readCampaign(result, '1', 0);
        readCampaigns(result, 0);
        restAskedFor(result, 0);
      }
      expect(performance.now() - began).toBeLessThan(15_000);
    }
  }
});

test('an answer nested a hundred thousand deep is read like any other that makes no sense', () => {
  for (const body of [
    `${'['.repeat(100_000)}${']'.repeat(100_000)}`,
    `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`,
  ]) {
    const result: HttpResult = { kind: 'answer', status: 200, headers: {}, body };
    const outcome = readPushResult(result, { emails: EMAILS, askedForLeadIds: true }, 0);
    expect(outcome.kind === 'evidence' && outcome.evidence.verdicts[0]?.kind).toBe('unproven');
  }
});
