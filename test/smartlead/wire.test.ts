import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Lead } from '../../src/lead.js';
import { customFieldCount, sameOnTheWire, toWireLead } from '../../src/smartlead/wire.js';

const lead: Lead = {
  email: 'ann@example.com',
  first_name: 'Ann',
  last_name: 'Lee',
  company: 'Acme',
  persona: 'VP Sales',
  title: 'VP, Sales',
  phone: '+49 30 1234',
  website: 'https://acme.example',
  location: 'Berlin',
  linkedin_url: 'https://linkedin.com/in/ann',
  company_url: 'https://acme.example/about',
  source: 'apollo',
  lead_score: 85,
  verifier: 'valid',
  custom_fields: { colour: '=red', seats: 7, trial: true },
};

test("a lead travels under Smartlead's names, and what is drason's own business stays here", () => {
  expect(toWireLead(lead)).toEqual({
    email: 'ann@example.com',
    first_name: 'Ann',
    last_name: 'Lee',
    company_name: 'Acme',
    phone_number: '+49 30 1234',
    website: 'https://acme.example',
    location: 'Berlin',
    linkedin_profile: 'https://linkedin.com/in/ann',
    company_url: 'https://acme.example/about',
    custom_fields: { title: 'VP, Sales', colour: '=red', seats: 7, trial: true },
  });
  expect(customFieldCount(lead)).toBe(4);
});

test('what a lead lacks is not sent at all', () => {
  expect(toWireLead({ email: 'ann@example.com', custom_fields: {} })).toEqual({ email: 'ann@example.com' });
  expect(customFieldCount({ email: 'ann@example.com', custom_fields: {} })).toBe(0);
});

test('a custom field of the name "title" wins over the title column', () => {
  expect(toWireLead({ ...lead, custom_fields: { title: 'Boss' } }).custom_fields).toEqual({ title: 'Boss' });
  expect(customFieldCount({ ...lead, custom_fields: { title: 'Boss' } })).toBe(1);
});

test('two leads are the same on the wire when the same would be sent, in whatever order their fields came', () => {
  expect(sameOnTheWire(lead, { ...lead, custom_fields: { trial: true, seats: 7, colour: '=red' } })).toBe(true);
  expect(sameOnTheWire(lead, { ...lead, persona: 'CEO', lead_score: 1, source: 'hubspot' })).toBe(true);
  expect(sameOnTheWire(lead, { ...lead, company: 'Acme Inc' })).toBe(false);
  expect(sameOnTheWire(lead, { ...lead, custom_fields: { ...lead.custom_fields, seats: 8 } })).toBe(false);
  expect(sameOnTheWire(lead, { ...lead, custom_fields: {} })).toBe(false);
});

test('only keys on the list of Smartlead reach the wire, whatever the lead holds', () => {
  const allowed = new Set(Object.keys(toWireLead(lead)));
  const text = fc.string({ minLength: 1 });
  const some = fc.record(
    { email: text, first_name: text, persona: text, title: text, source: text, lead_score: fc.float() },
    { requiredKeys: ['email'] },
  );
  fc.assert(
    fc.property(
      some,
      fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.integer(), fc.boolean())),
      (fields, custom) => {
        const wire = toWireLead({ ...fields, custom_fields: custom });
        expect(Object.keys(wire).filter((key) => !allowed.has(key))).toEqual([]);
        for (const value of Object.values(wire.custom_fields ?? {})) {
          expect(['string', 'number', 'boolean']).toContain(typeof value);
        }
      },
    ),
  );
});
