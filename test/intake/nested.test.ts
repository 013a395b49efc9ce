import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { JsonRows } from '../../src/intake/json-rows.js';
import { FIXTURES, readFileAll, readText } from './read-all.js';

const read = (file: string) => readFileAll(join(FIXTURES, file));
const one = async (value: unknown, map: Record<string, string> = {}) => {
  const { leads, rejected } = await readText(JSON.stringify([value]), { map });
  return leads[0] ?? rejected[0]?.reason;
};

describe('nested JSON', () => {
  it('Apollo: the organization is its name; nothing of it is sent twice', async () => {
    const { leads, plan } = await read('apollo/api-search.json');
    expect(plan.notes).toContain('the leads are the list in "people"');
    expect(leads[0]).toMatchObject({ company: 'Kestrel', website: 'https://kestrel-freight.com', title: 'VP Sales' });
    expect(leads[0]?.custom_fields).toEqual({ id: '1', name: 'Ada Byrne', 'organization.id': '9' });
  });

  it("Close: the first contact's first address; the firm's display name is nobody's", async () => {
    const { leads } = await read('close/api-leads.json');
    expect(leads[0]).toMatchObject({
      email: 'ada@kestrel-freight.com',
      first_name: 'Ada',
      last_name: 'Byrne',
      title: 'VP Sales',
    });
    expect(leads[0]?.custom_fields).toMatchObject({ display_name: 'Kestrel' });
    expect(leads[0]?.custom_fields).not.toHaveProperty('contacts');
  });

  it("a company's further contacts are counted; a person's further addresses are no people", async () => {
    const contact = (email: string) => ({ name: 'Ada', email });
    const company = {
      name: 'Kestrel',
      contacts: [contact('ada@kestrel.io'), contact('bo@kestrel.io'), { name: 'Cy' }],
    };
    const { leads, further } = await readText(JSON.stringify([company, company]));
    expect(leads.map(({ email }) => email)).toEqual(['ada@kestrel.io', 'ada@kestrel.io']);
    expect(further).toBe(2);
    const person = { name: 'Ada', emails: [{ value: 'ada@kestrel.io' }, { value: 'ada@home.io' }] };
    expect((await readText(JSON.stringify([person]))).further).toBe(0);
  });

  it("Smartlead's roster: its fields, its custom fields and its opt-outs", async () => {
    const { leads, plan } = await read('smartlead/roster-api.json');
    expect(plan.source).toBe('smartlead');
    expect(leads[0]).toMatchObject({
      email: 'ada@kestrel-freight.com',
      first_name: 'Ada',
      company: 'Kestrel',
      title: 'VP Sales',
    });
    expect(leads[0]?.custom_fields).not.toHaveProperty('lead');
    expect(leads.map((lead) => lead.unsubscribed)).toEqual([undefined, true]);
  });

  it('--map takes paths, also ones that are not looked at otherwise', async () => {
    const value = {
      emails: [{ value: 'a@example.com' }, { value: 'b@example.com' }],
      organization: { names: ['K'] },
      x: { y: { z: { deep: 'Q' } } },
    };
    expect(
      await one(value, { email: 'emails[1].value', company: 'organization.names[0]', title: 'x.y.z.deep' }),
    ).toMatchObject({
      email: 'b@example.com',
      company: 'K',
      title: 'Q',
    });
    await expect(one(value, { email: 'emails[7].value' })).rejects.toMatchObject({ exitCode: 2 });
  });

  it('the address is found where exactly one path has some; several are named', async () => {
    expect(
      await one({ contact: { mail: 'a@example.com', vorname: 'Ada' }, owner: { email: 'kim@example.com' } }),
    ).toMatchObject({
      email: 'a@example.com',
      first_name: 'Ada',
      custom_fields: { owner: '{"email":"kim@example.com"}' },
    });
    await expect(one({ a: { email: 'a@example.com' }, b: { email: 'b@example.com' } })).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringContaining('Addresses are in "a.email", "b.email"'),
      next: 'Say which: --map email="a.email"',
    });
  });

  it('a text that is an object is its name, value or label; else it stays a custom field; of a list the first', async () => {
    const text = async (value: unknown) => {
      const lead = await one({ email: 'a@example.com', company: value });
      return typeof lead === 'string' ? lead : [lead?.company, lead?.custom_fields];
    };
    expect(await text({ label: 'Kestrel' })).toEqual(['Kestrel', {}]);
    expect(await text({ value: 'V', name: 'N', title: 'T' })).toEqual(['N', {}]);
    expect(await text({ id: 7, name: 'Kestrel' })).toEqual(['Kestrel', { 'company.id': 7 }]);
    expect(await text({ id: 7 })).toEqual([undefined, { company: '{"id":7}' }]);
    expect(await text(['Kestrel', 'Brotwerk'])).toEqual(['Kestrel', {}]);
    expect(await text([{ name: 'Kestrel' }])).toEqual(['Kestrel', {}]);
    expect(await text([])).toEqual([undefined, {}]);
    expect(await text(null)).toEqual([undefined, {}]);
  });

  it('objects that mean nothing stay whole; a map by id, a list of texts and what is deep do, too', async () => {
    const custom = { geo: { lat: 1.5 }, ids: { 77: true }, tags: ['a', 'b'], deep: { a: { b: { c: 1 } } } };
    const lead = await one({ email: 'a@example.com', ...custom });
    expect(lead).toMatchObject({
      custom_fields: Object.fromEntries(Object.entries(custom).map(([k, v]) => [k, JSON.stringify(v)])),
    });
  });

  it('objects of different shapes: the columns grow, and nothing is sent twice or lost', async () => {
    const { leads } = await readText(
      JSON.stringify([
        { person: { email: 'a@example.com', plan: 'pro' } },
        { person: { email: 'b@example.com', seats: 2, company: { name: 'Kestrel' } }, organization: 'O' },
      ]),
    );
    expect(leads.map((lead) => [lead.company, lead.custom_fields])).toEqual([
      [undefined, { 'person.plan': 'pro' }],
      ['Kestrel', { 'person.seats': 2, organization: 'O' }],
    ]);
  });

  it('keys without end cost no row', async () => {
    const rows = Array.from({ length: 300 }, (_, n) => ({
      email: `a${n}@example.com`,
      organization: { name: 'K', ...Object.fromEntries(Array.from({ length: 10 }, (_, k) => [`k${n}_${k}`, k])) },
    }));
    const { leads, plan } = await readText(JSON.stringify(rows));
    expect(leads).toHaveLength(300);
    expect(plan.columns.length).toBeLessThan(600);
    expect(leads[299]?.custom_fields).toEqual(
      Object.fromEntries(Array.from({ length: 10 }, (_, k) => [`organization.k299_${k}`, k])),
    );
  });

  it('posts: an address that the first one lacked is found in the next', () => {
    const rows = new JsonRows('clay', 0, 'clay', { map: {}, fields: {}, customFields: 'all' });
    expect(rows.value({ contact: { mail: null } }, 1)).toMatchObject({ kind: 'rejected' });
    expect(rows.value({ contact: { mail: 'a@example.com' } }, 1)).toMatchObject({
      kind: 'lead',
      lead: { email: 'a@example.com' },
    });
  });
});
