import fc from 'fast-check';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { rememberSecret } from '../../src/redact.js';
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

test('an honest map of ids leaves nobody open: attached leads by their ids, and of the others what one reading explains', () => {
  fc.assert(
    fc.property(truth, (fates) => {
      const verdicts = verdictsOf('id map', fates);
      for (const [index, verdict] of verdicts.entries()) {
        if (inCampaign(fates[index])) {
          const smartleadLeadId = `id of lead${index}@example.com`;
          expect(verdict).toEqual({ kind: 'accepted', evidence: 'id_map', smartleadLeadId });
        }
      }
      const unnamed = new Set(fates.filter((fate) => ['blocked', 'bounced', 'stopped'].includes(fate)));
      if (unnamed.size < 2) expect(verdicts.map(({ kind }) => kind)).not.toContain('unproven');
    }),
    { numRuns: 1000 },
  );
});

/** A lie told beside a true answer, and whose membership it contradicts: one lead's or everybody's. */
type Lie = (answer: Record<string, unknown>, email: string, sent: number) => Record<string, unknown>;
const mapWith = (answer: Record<string, unknown>, part: string, entry: Record<string, unknown>) => {
  const map = z.record(z.string(), z.record(z.string(), z.unknown())).parse(answer.emailToLeadIdMap ?? {});
  return { ...answer, emailToLeadIdMap: { ...map, [part]: { ...map[part], ...entry } } };
};
const ABOUT_ALL: Record<string, Lie> = {
  'ok: false': (answer) => ({ ...answer, ok: false }),
  'no success': (answer) => ({ ...answer, success: false }),
  'status failed': (answer) => ({ ...answer, status: 'failed' }),
  'status 500': (answer) => ({ ...answer, status: 500 }),
  'an error': (answer) => ({ ...answer, error: 'Internal error' }),
  'an error as an object': (answer) => ({ ...answer, error: { code: 'X' } }),
  'a list of errors': (answer, email) => ({ ...answer, errors: [email] }),
  'a bad message': (answer) => ({ ...answer, message: 'Leads were not added' }),
  'all failed': (answer, _email, sent) => ({ ...answer, failed_count: sent }),
  'all rejected, as text': (answer, _email, sent) => ({ ...answer, rejectedLeads: String(sent) }),
  'rolled back': (answer) => ({ ...answer, rolled_back: true }),
  'a dry run': (answer) => ({ ...answer, dryRun: true }),
  'all blocked': (answer, _email, sent) => ({ ...answer, block_count: sent }),
  'all elsewhere': (answer, _email, sent) => ({ ...answer, skipped_in_other_campaign_count: sent }),
  'all out of credits': (answer, _email, sent) => ({ ...answer, lead_import_stopped_count: sent }),
  'nothing received': (answer) => ({ ...answer, upload_count: 0 }),
  'more received than sent': (answer, _email, sent) => ({ ...answer, upload_count: sent + 1 }),
  'two counts of what was added': (answer) => ({ ...answer, total_leads: 1, added_count: 0 }),
  'another count further inside': (answer) => ({ ...answer, data: { total_leads: 77, added_count: 77 } }),
  'a failure further inside': (answer) => ({ ...answer, data: { result: { success: false } } }),
  'another campaign': (answer) => ({ ...answer, campaign_id: 999 }),
};
const ABOUT_ONE: Record<string, Lie> = {
  'an address that is invalid': (answer, email) => ({ ...answer, invalid_emails: [email] }),
  'a lead that has unsubscribed': (answer, email) => ({ ...answer, unsubscribed_leads: [email.toUpperCase()] }),
  'a reason off the record': (answer, email) => ({
    ...answer,
    skipped_leads: [{ email, reason: 'Lead already exists in campaign 999' }],
  }),
  'the id 0': (answer, email) => mapWith(answer, 'newlyAddedLeads', { [email]: 0 }),
  'no id': (answer, email) => mapWith(answer, 'newlyAddedLeads', { [email]: '' }),
  'a negative id': (answer, email) => mapWith(answer, 'newlyAddedLeads', { [email]: -3 }),
  'two ids': (answer, email) => mapWith(answer, 'newlyAddedLeads', { [email]: '1', [email.toUpperCase()]: '2' }),
  'a part of the map for failures': (answer, email) => mapWith(answer, 'failedLeads', { [email]: '1' }),
  'a list that drason does not know': (answer, email) => ({ ...answer, forReview: [{ lead: { email } }] }),
};

function lied(shape: Shape, fates: readonly Fate[], lie: Lie, index: number) {
  const emails = addresses(fates.length);
  const answer = render(shape, fates);
  if (typeof answer === 'string') return [];
  return readEvidence(JSON.stringify(lie(answer, emails[index] ?? '', fates.length)), emails, '123456').verdicts;
}

// An answer whose credits ended on the way is no success, and true.
const whole = truth.filter((fates) => fates.some(inCampaign) && !fates.includes('stopped'));
const told = fc.constantFrom<Shape>('id map', 'lists', 'numbers', 'documented');

test('beside a statement that nobody was added, nobody is accepted', () => {
  fc.assert(
    fc.property(told, whole, fc.constantFrom(...Object.keys(ABOUT_ALL)), (shape, fates, name) => {
      // Where some are skipped by name as members, only the sum tells, and what is added may be none of it.
      fc.pre(shape !== 'documented' || fates.includes('added'));
      const lie = ABOUT_ALL[name] ?? ((answer) => answer);
      expect(lied(shape, fates, lie, 0).map(({ kind }) => kind)).not.toContain('accepted');
    }),
    { numRuns: 5000 },
  );
});

test('a lead of which one part of the answer says otherwise is not accepted', () => {
  fc.assert(
    fc.property(told, whole, fc.nat(), fc.constantFrom(...Object.keys(ABOUT_ONE)), (shape, fates, pick, name) => {
      const lie = ABOUT_ONE[name] ?? ((answer) => answer);
      const index = pick % fates.length;
      expect(lied(shape, fates, lie, index)[index]?.kind).not.toBe('accepted');
    }),
    { numRuns: 5000 },
  );
});

test('three attached leads never end refused, whatever else is said of them', () => {
  const says = fc.record(
    {
      invalid_email_count: fc.nat(3),
      invalid_emails: fc.constantFrom(addresses(3), addresses(1), 3),
      unsubscribed_leads: fc.constantFrom(addresses(3), 3),
      block_count: fc.constantFrom(1, 3),
      bounce_count: fc.constantFrom(1, 3),
      skipped_leads: fc.constant(addresses(3).map((email) => ({ email, reason: 'Invalid email' }))),
      skipped_count: fc.nat(3),
      ok: fc.boolean(),
      error: fc.constantFrom('', 'Bad leads'),
      status: fc.constantFrom('failed', 'success'),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(fc.constantFrom<Shape>('id map', 'lists', 'numbers', 'documented'), says, (shape, lies) => {
      const answer = render(shape, ['added', 'added', 'already']);
      if (typeof answer === 'string') return;
      fc.pre(shape !== 'documented' || !('skipped_leads' in lies));
      const { verdicts } = readEvidence(JSON.stringify({ ...answer, ...lies }), addresses(3));
      expect(verdicts.map(({ kind }) => kind)).not.toContain('refused');
    }),
    { numRuns: 3000 },
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

test('what is kept of an answer are counters that drason knows: no address and no key, however they are written', () => {
  rememberSecret('Planted-Key-77');
  const kept = (answer: Record<string, unknown>) => readEvidence(JSON.stringify(answer), ['bob@example.com']).counters;
  expect(
    kept({
      total_leads: 1,
      invalid_emails: ['ann@example.com'],
      error: 'x'.repeat(1000),
      note: 'ann@example.com',
      'ann@example.com': 1,
      'PLANTED-KEY-77': 2,
      plantedkey77: true,
      'planted%2Dkey%2D77': [1],
      toString: 1,
      ['__proto__']: 1,
    }),
  ).toEqual({ total_leads: 1, invalid_emails: 1, error: 'x'.repeat(300) });
  for (const address of [
    'ann@example.com',
    'ANN@EXAMPLE.COM',
    'ann%40example.com',
    'ann&#64;example.com',
    'ann\\u0040example.com',
    'ann @ example.com',
  ]) {
    expect(JSON.stringify(kept({ total_leads: 1, error: `no such lead: ${address}` }))).not.toMatch(/ann|example/i);
  }
  for (const key of [
    'Planted-Key-77',
    'PLANTED-KEY-77',
    'planted%2dkey%2d77',
    'Planted-\nKey-77',
    'Planted<b>-</b>Key-77',
  ]) {
    expect(JSON.stringify(kept({ total_leads: 1, error: `bad key ${key}, sorry` }))).not.toMatch(/planted|key-77/i);
  }
});
