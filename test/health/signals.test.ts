import { describe, expect, it } from 'vitest';
import { DEFAULT_GATE, makeGate } from '../../src/health/gate.js';
import { explainSignal, SIGNALS } from '../../src/health/signals.js';

describe('explainSignal', () => {
  const gate = makeGate(DEFAULT_GATE);

  it.each([
    ['a@acme.cmo', undefined, 'This is not a valid e-mail address: top-level domain "cmo" does not exist'],
    ['a@yopmail.com', undefined, 'yopmail.com hands out throw-away mailboxes.'],
    ['a@b.com', 'invalid', "The row's own verifier column says"],
    ['info+x@b.com', undefined, "info@ is a shared mailbox, not a person's."],
    ['a@acme.top', undefined, 'Domains under .top are used for spam'],
    ['a@b.com', 'risky', "The row's own verifier column calls this address risky"],
    ['a@gmal.com', undefined, 'The domain looks like a typo of gmail.com.'],
  ] as const)('%s (%s)', (email, verifier, start) => {
    const [hit, ...others] = gate({ email, ...(verifier ? { verifier } : {}) }).signals;
    expect(others).toEqual([]);
    expect(hit && explainSignal(hit)).toContain(start);
  });

  it.each(SIGNALS.map(({ name }) => name))('is a whole sentence for %s even without a detail', (name) => {
    expect(explainSignal({ name, penalty: 1 })).toMatch(/^[A-Z].*\.$/);
    expect(explainSignal({ name, penalty: 1 })).not.toMatch(/undefined/);
  });
});

describe('the table', () => {
  it('holds each name once, each either fatal or with a penalty that can be set', () => {
    expect(new Set(SIGNALS.map(({ name }) => name)).size).toBe(SIGNALS.length);
    for (const { fatal, penaltyKey } of SIGNALS) expect(fatal === true).toBe(penaltyKey === undefined);
  });
});
