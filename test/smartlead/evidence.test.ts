import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readEvidence } from '../../src/smartlead/evidence.js';

/** What became of each lead of a batch, known to the server alone. */
const FATES = ['added', 'already', 'invalid', 'unsubscribed', 'blocked', 'bounced', 'elsewhere', 'stopped'] as const;
type Fate = (typeof FATES)[number];
const inCampaign = (fate: Fate | undefined) => fate === 'added' || fate === 'already';

/** Shapes in which a server may tell. */
const SHAPES = ['id map', 'lists', 'numbers', 'documented', 'documented, unnamed', 'text', 'empty', 'html'] as const;
type Shape = (typeof SHAPES)[number];

const REASON: Record<Fate, string> = {
  added: '',
  already: 'Lead already exists in campaign',
  invalid: 'Invalid email',
  unsubscribed: 'Lead is unsubscribed',
  blocked: 'Lead is in the global block list',
  bounced: 'Lead has bounced',
  elsewhere: 'Lead exists in another campaign',
  stopped: 'Lead limit exhausted',
};

const addresses = (n: number) => Array.from({ length: n }, (_, index) => `lead${index}@example.com`);

function render(shape: Shape, fates: readonly Fate[]): Record<string, unknown> | string {
  const emails = addresses(fates.length);
  const of = (fate: Fate) => emails.filter((_, index) => fates[index] === fate);
  const n = (fate: Fate) => of(fate).length;
  const ids = (fate: Fate) => Object.fromEntries(of(fate).map((email) => [email, `id of ${email}`]));
  if (shape === 'text') return 'success';
  if (shape === 'empty') return '';
  if (shape === 'html') return '<html><body>OK</body></html>';
  if (shape === 'documented' || shape === 'documented, unnamed') {
    const skipped = emails.flatMap((email, index) => {
      const fate = fates[index] ?? 'added';
      return fate === 'added' ? [] : [{ email, reason: REASON[fate] }];
    });
    const counts = { success: true, added_count: n('added'), skipped_count: skipped.length };
    return shape === 'documented' ? { ...counts, skipped_leads: skipped } : counts;
  }
  const lists = shape !== 'numbers';
  return {
    ok: n('stopped') === 0,
    upload_count: fates.length,
    total_leads: n('added'),
    already_added_to_campaign: n('already'),
    duplicate_count: 0,
    invalid_email_count: n('invalid'),
    invalid_emails: lists ? of('invalid') : n('invalid'),
    unsubscribed_leads: lists ? of('unsubscribed') : n('unsubscribed'),
    block_count: n('blocked'),
    bounce_count: n('bounced'),
    skipped_in_other_campaign_count: n('elsewhere'),
    is_lead_limit_exhausted: n('stopped') > 0,
    lead_import_stopped_count: n('stopped'),
    ...(shape === 'id map'
      ? {
          emailToLeadIdMap: {
            newlyAddedLeads: ids('added'),
            existingLeads: ids('already'),
            existingLeadsInOtherCampaigns: ids('elsewhere'),
          },
        }
      : {}),
  };
}

/** The same answer with one number off by one, or one list an address short. */
function distort(answer: Record<string, unknown>, pick: number, by: 1 | -1): Record<string, unknown> {
  const names = Object.keys(answer).filter((name) => typeof answer[name] === 'number' || Array.isArray(answer[name]));
  const name = names[pick % names.length] ?? '';
  const value = answer[name];
  if (Array.isArray(value)) return { ...answer, [name]: value.slice(1) };
  return { ...answer, [name]: Math.max(0, Number(value) + by) };
}

const truth = fc.oneof(
  fc.array(fc.constantFrom(...FATES), { minLength: 1, maxLength: 12 }),
  // mostly in the campaign, where a wrong reading would do harm
  fc.array(fc.oneof({ weight: 9, arbitrary: fc.constant<Fate>('added') }, fc.constantFrom(...FATES)), {
    minLength: 1,
    maxLength: 12,
  }),
);
const distortion = fc.option(fc.tuple(fc.nat(20), fc.constantFrom<1 | -1>(1, -1)), { nil: undefined });

function verdictsOf(shape: Shape, fates: readonly Fate[], off?: readonly [number, 1 | -1]) {
  const answer = render(shape, fates);
  const sent = typeof answer === 'string' ? answer : JSON.stringify(off ? distort(answer, off[0], off[1]) : answer);
  return readEvidence(sent, addresses(fates.length)).verdicts;
}

test('whatever the server says, in whatever shape, and with a number off by one: no lead is accepted that is not there', () => {
  fc.assert(
    fc.property(fc.constantFrom(...SHAPES), truth, distortion, (shape, fates, off) => {
      const verdicts = verdictsOf(shape, fates, off);
      expect(verdicts).toHaveLength(fates.length);
      for (const [index, verdict] of verdicts.entries()) {
        if (verdict.kind === 'accepted') expect(inCampaign(fates[index])).toBe(true);
      }
    }),
    { numRuns: 5000 },
  );
});

test('a lead that the map of ids names as attached is accepted, whatever the counters say', () => {
  fc.assert(
    fc.property(truth, distortion, (fates, off) => {
      for (const [index, verdict] of verdictsOf('id map', fates, off).entries()) {
        if (inCampaign(fates[index])) {
          const smartleadLeadId = `id of lead${index}@example.com`;
          expect(verdict).toEqual({ kind: 'accepted', evidence: 'id_map', smartleadLeadId });
        }
      }
    }),
    { numRuns: 1000 },
  );
});

test('an honest answer never has a lead refused, held elsewhere or out of credits that is none of these', () => {
  const means: Record<string, readonly Fate[]> = {
    refused: ['invalid', 'unsubscribed', 'blocked', 'bounced'],
    in_other_campaign: ['elsewhere'],
    credit_limit: ['stopped'],
  };
  fc.assert(
    fc.property(fc.constantFrom(...SHAPES), truth, (shape, fates) => {
      for (const [index, { kind }] of verdictsOf(shape, fates).entries()) {
        if (kind in means) expect(means[kind]).toContain(fates[index]);
      }
    }),
    { numRuns: 2000 },
  );
});

test('splitting ends: a lead sent alone is never to be pushed alone again for the same answer', () => {
  fc.assert(
    fc.property(fc.constantFrom(...SHAPES), fc.constantFrom(...FATES), distortion, (shape, fate, off) => {
      expect(verdictsOf(shape, [fate], off)).not.toContainEqual({ kind: 'unproven', byPushing: true });
    }),
  );
});

test('any text at all is read without an error, and a text without JSON accepts nobody', () => {
  const emails = addresses(3);
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.json(),
        fc.json().map((text) => `{"emailToLeadIdMap":${text}}`),
      ),
      (body) => {
        const { verdicts } = readEvidence(body, emails);
        expect(verdicts).toHaveLength(3);
        expect(verdicts.filter(({ kind }) => kind === 'accepted')).toEqual([]);
      },
    ),
    { numRuns: 1000 },
  );
});

test('what is kept of an answer are its numbers: no address, no long text', () => {
  const { counters } = readEvidence(
    JSON.stringify({
      total_leads: 1,
      invalid_emails: ['ann@example.com'],
      error: 'x'.repeat(1000),
      note: 'ann@example.com',
    }),
    ['bob@example.com'],
  );
  expect(counters).toEqual({ total_leads: 1, invalid_emails: 1, error: 'x'.repeat(300) });
});
