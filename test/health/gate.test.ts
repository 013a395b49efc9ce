import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { blockListMatch, DEFAULT_GATE, type GateSettings, makeGate } from '../../src/health/gate.js';

const gate = makeGate(DEFAULT_GATE);
const GREEN = { classification: 'GREEN', score: 100, signals: [] };

function withSettings(settings: Partial<GateSettings>) {
  return makeGate({ ...DEFAULT_GATE, ...settings });
}

describe('the gate', () => {
  it.each(['test@example.com', 'user@example.com', 'ceo@acme.io', 'jane@gmail.com', 'a@gov.uk', 'jörg@müller.de'])(
    'has nothing against %s',
    (email) => {
      expect(gate({ email })).toEqual(GREEN);
    },
  );

  it.each([
    ['info@acme.com', 'YELLOW', 70, [{ name: 'role', penalty: 30, detail: 'info' }]],
    ['jane@acme.top', 'YELLOW', 75, [{ name: 'tld', penalty: 25, detail: 'top' }]],
    ['jane@gmal.com', 'YELLOW', 75, [{ name: 'typo', penalty: 25, detail: 'gmail.com' }]],
    ['jane@gmial.com', 'YELLOW', 75, [{ name: 'typo', penalty: 25, detail: 'gmail.com' }]],
    ['jane@acme.cmo', 'RED', 0, [{ name: 'syntax', penalty: 100, detail: expect.stringContaining('"cmo"') }]],
    ['jane@mailinator.com', 'RED', 0, [{ name: 'disposable', penalty: 100, detail: 'mailinator.com' }]],
    ['jane@eu.mailinator.com', 'RED', 0, [{ name: 'disposable', penalty: 100, detail: 'mailinator.com' }]],
  ])('%s', (email, classification, score, signals) => {
    expect(gate({ email })).toEqual({ classification, score, signals });
    expect(gate({ email })).toEqual({ classification, score, signals });
  });

  it('believes what the row says of itself', () => {
    expect(gate({ email: 'a@b.com', verifier: 'risky' })).toEqual({
      classification: 'YELLOW',
      score: 75,
      signals: [{ name: 'catch_all', penalty: 25 }],
    });
    expect(gate({ email: 'a@b.com', verifier: 'invalid' })).toEqual({
      classification: 'RED',
      score: 0,
      signals: [{ name: 'verifier_invalid', penalty: 100 }],
    });
  });

  it('adds penalties up, and lists what it saw beside a fatal signal', () => {
    const { classification, score, signals } = gate({ email: 'info@acme.top', verifier: 'risky' });
    expect([classification, score, signals.map(({ name }) => name)]).toEqual(['RED', 20, ['role', 'catch_all', 'tld']]);
    const fatal = gate({ email: 'info@yopmail.com', verifier: 'invalid' });
    expect([fatal.score, fatal.signals.map(({ name }) => name)]).toEqual([
      0,
      ['verifier_invalid', 'role', 'disposable'],
    ]);
    expect(gate({ email: 'nonsense', verifier: 'invalid' }).signals.map(({ name }) => name)).toEqual([
      'syntax',
      'verifier_invalid',
    ]);
  });

  it.each([
    [20, 'GREEN'],
    [21, 'YELLOW'],
    [50, 'YELLOW'],
    [51, 'RED'],
    [100, 'RED'],
    [150, 'RED'],
  ])('draws its lines at 80 and 50: −%d is %s', (role, classification) => {
    const verdict = withSettings({ penalties: { ...DEFAULT_GATE.penalties, role } })({ email: 'info@acme.com' });
    expect(verdict).toMatchObject({ classification, score: Math.max(0, 100 - role) });
  });

  it('takes its thresholds from the settings, but a fatal signal is RED under any', () => {
    const lax = withSettings({ greenAt: 0, yellowAt: 0 });
    expect(lax({ email: 'info@acme.top' }).classification).toBe('GREEN');
    expect(lax({ email: 'nonsense' }).classification).toBe('RED');
    expect(withSettings({ greenAt: 101 })({ email: 'a@b.com' }).classification).toBe('YELLOW');
  });

  it('is silent about a signal that costs nothing', () => {
    const free = withSettings({ penalties: { role: 0, tld: 0, catchAll: 0, typo: 0 } });
    expect(free({ email: 'info@acme.top', verifier: 'risky' })).toEqual(GREEN);
  });

  it('hands out verdicts that may be changed without harm', () => {
    const fresh = makeGate(DEFAULT_GATE);
    const first = fresh({ email: 'a@acme.top' });
    for (const signal of first.signals) signal.penalty = 99;
    first.signals.length = 0;
    expect(fresh({ email: 'a@acme.top' })).toMatchObject({ score: 75, signals: [{ penalty: 25 }] });
  });
});

describe('the allow-list', () => {
  const allowing = withSettings({
    allow: ['acme.top', 'info@globex.com', 'nonsense@nowhere', 'jane@x.com', 'nowhere'],
  });
  const ALLOWED = { ...GREEN, allowed: true };

  it('wins over every signal', () => {
    expect(allowing({ email: 'info@mail.acme.top', verifier: 'invalid' })).toEqual(ALLOWED);
    expect(allowing({ email: 'info@globex.com' })).toEqual(ALLOWED);
    expect(withSettings({ allow: ['yopmail.com'] })({ email: 'a@yopmail.com' })).toEqual(ALLOWED);
  });

  it('lets an ill-formed address pass only when it is named itself', () => {
    expect(allowing({ email: 'nonsense@nowhere' })).toEqual(ALLOWED);
    expect(allowing({ email: 'other@nowhere' }).classification).toBe('RED');
    expect(allowing({ email: 'a..b@acme.top' }).classification).toBe('RED');
  });

  it('leaves others as they are', () => {
    expect(allowing({ email: 'sales@globex.com' })).toMatchObject({ score: 70 });
    expect(allowing({ email: 'sales@globex.com' })).not.toHaveProperty('allowed');
  });
});

describe('the block-list', () => {
  it('is not the business of the gate', () => {
    expect(withSettings({ block: ['acme.com'] })({ email: 'jane@acme.com' })).toEqual(GREEN);
  });

  it('gives the entry as the user wrote it', () => {
    const match = blockListMatch({ block: ['Acme.com', 'jane@globex.com'] });
    expect(match('a@mail.acme.com')).toBe('Acme.com');
    expect(match('jane@globex.com')).toBe('jane@globex.com');
    expect(match('john@globex.com')).toBeUndefined();
  });
});

describe('any lead', () => {
  const lead = fc.record(
    {
      email: fc.oneof(
        fc.emailAddress(),
        fc.string({ maxLength: 30 }),
        fc
          .tuple(
            fc.constantFrom('info', 'jane', 'a b'),
            fc.constantFrom('acme.top', 'gmal.com', 'yopmail.com', 'x.y.de'),
          )
          .map(([local, host]) => `${local}@${host}`),
      ),
      verifier: fc.constantFrom('invalid', 'risky'),
    },
    { requiredKeys: ['email'] },
  );

  it('gets the same verdict whatever the gate remembers, with a score that its signals explain', () => {
    fc.assert(
      fc.property(fc.array(lead, { maxLength: 20 }), (leads) => {
        const remembering = makeGate(DEFAULT_GATE);
        for (const one of [...leads, ...leads]) {
          const verdict = remembering(one);
          expect(verdict).toEqual(makeGate(DEFAULT_GATE)(one));
          const sum = verdict.signals.reduce((total, { penalty }) => total + penalty, 0);
          expect(verdict.score).toBe(Math.max(0, 100 - sum));
          expect(verdict.classification).toBe(verdict.score >= 80 ? 'GREEN' : verdict.score >= 50 ? 'YELLOW' : 'RED');
        }
      }),
    );
  });
});
