import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FIXTURES, readFileAll } from './read-all.js';

const read = (file: string) => readFileAll(join(FIXTURES, file));

describe('known exports', () => {
  it('Apollo: phones in order without apostrophe, place joined, verifier and stage obeyed', async () => {
    const { leads, plan } = await read('apollo/apollo-contacts-export.csv');
    expect(plan.source).toBe('apollo');
    expect(leads[0]).toEqual({
      email: 'nora.feldt@harbor.example.com',
      first_name: 'Nora',
      last_name: 'Feldt',
      company: 'Harbor & Pine, Inc.',
      title: 'VP Sales',
      persona: 'VP Sales',
      phone: '+1 555-0100',
      linkedin_url: 'http://www.linkedin.com/in/nora-feldt-example',
      website: 'https://harbor.example.com',
      location: 'Boston, Massachusetts, United States',
      source: 'apollo',
      verifier: 'valid',
      custom_fields: {
        'Company Name for Emails': 'Harbor & Pine',
        'Corporate Phone': '+1 555-0101',
        Lists: 'Q3 Outbound',
      },
    });
    expect(leads.map((lead) => lead.verifier)).toEqual(['valid', 'risky', 'invalid', 'valid']);
    expect(leads.map((lead) => lead.unsubscribed)).toEqual([undefined, undefined, undefined, true]);
    expect(leads[1]?.location).toBe('Malmö, Sweden');
  });

  it('ZoomInfo', async () => {
    const { leads, plan } = await read('zoominfo/zoominfo-contacts.csv');
    expect(plan.source).toBe('zoominfo');
    expect(leads[0]).toMatchObject({
      email: 'lucia.alvarez@northgate.example.com',
      company: 'Northgate Supply',
      title: 'VP Sales',
      phone: '(555) 010-0111',
      linkedin_url: 'https://www.linkedin.com/in/lucia-alvarez-example',
      location: 'Austin, Texas, United States',
      custom_fields: { 'Middle Name': 'M' },
    });
    expect(leads[0]).not.toHaveProperty('lead_score');
  });

  it('HubSpot: a status Unsubscribed suppresses', async () => {
    const { leads, plan } = await read('hubspot/hubspot-crm-exports-all-contacts.csv');
    expect(plan.source).toBe('hubspot');
    expect(leads[0]).toMatchObject({ company: 'Verdure SA', location: 'Lyon, Auvergne-Rhône-Alpes, France' });
    expect(leads.map((lead) => lead.unsubscribed)).toEqual([undefined, true]);
  });

  it('Clay: work e-mail, full name split where there is no other', async () => {
    const { leads, plan } = await read('clay/clay-table.csv');
    expect(plan.source).toBe('clay');
    expect(leads[0]).toMatchObject({
      first_name: 'Maya',
      last_name: 'Castellan',
      company: 'Loomworks',
      lead_score: 91,
    });
    expect(leads[1]).toMatchObject({ first_name: 'Owen', last_name: 'Hart', website: 'quarry.example.net' });
  });

  it('PhantomBuster: the LinkedIn page of a company is no website; rows without an address are rejected', async () => {
    const { leads, plan, rejected } = await read('phantombuster/linkedin-search-export.csv');
    expect(plan.source).toBe('phantombuster');
    expect(leads).toHaveLength(1);
    expect(leads[0]).not.toHaveProperty('website');
    expect(leads[0]).not.toHaveProperty('company_url');
    expect(leads[0]?.custom_fields.companyUrl).toBe('https://www.linkedin.com/company/1000001');
    expect(leads[0]?.linkedin_url).toBe('https://www.linkedin.com/in/sofia-berg-example');
    expect(rejected).toMatchObject([{ line: 3, reason: 'no e-mail address' }]);
  });

  it('PhantomBuster without addresses: refused with the columns and the flag', async () => {
    await expect(read('phantombuster/no-email.csv')).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringMatching(/has no e-mail column; its columns are "profileUrl", "fullName"/),
      next: expect.stringContaining('--map email="…"'),
    });
  });

  it('Evaboot', async () => {
    const { leads, plan } = await read('evaboot/evaboot-export.csv');
    expect(plan.source).toBe('evaboot');
    expect(leads[0]).toMatchObject({ title: 'Marketing Manager', website: 'https://anka.example.com' });
    expect(leads[0]?.linkedin_url).toBe('https://www.linkedin.com/in/elif-demir-example');
    expect(leads.map((lead) => lead.verifier)).toEqual(['valid', 'risky']);
  });

  it('Smartlead: custom_fields unfolded, the title found in it, is_unsubscribed obeyed', async () => {
    const { leads, plan } = await read('smartlead/campaign-leads-export.csv');
    expect(plan.source).toBe('smartlead');
    expect(leads[0]).toMatchObject({
      title: 'VP Sales',
      persona: 'VP Sales',
      company_url: 'https://sable.example.com/about',
      custom_fields: { Opener: 'Nice deck', Seats: 40 },
    });
    expect(leads[0]?.custom_fields).not.toHaveProperty('status');
    expect(leads.map((lead) => lead.unsubscribed)).toEqual([undefined, true]);
  });

  it('Instantly: status −2 suppresses, verification −3 is a catch-all', async () => {
    const { leads, plan } = await read('instantly/instantly-leads.csv');
    expect(plan.source).toBe('instantly');
    expect(leads.map((lead) => lead.unsubscribed)).toEqual([undefined, true, undefined]);
    expect(leads.map((lead) => lead.verifier)).toEqual(['valid', 'valid', 'risky']);
    expect(leads[1]?.website).toBe('mesa.example.net');
  });

  it('lemlist', async () => {
    const { leads, plan } = await read('lemlist/lemlist-export.csv');
    expect(plan.source).toBe('lemlist');
    expect(leads[0]).toMatchObject({ company: 'Orchid Labs', linkedin_url: expect.stringContaining('paula-serrano') });
    expect(leads.map((lead) => lead.unsubscribed)).toEqual([undefined, true]);
  });

  for (const file of ['hunter/hunter-leads.csv', 'hunter/hunter-domain-search.json']) {
    it(`Hunter: ${file}`, async () => {
      const { leads, plan } = await read(file);
      expect(plan.source).toBe('hunter');
      expect(leads.map((lead) => [lead.email, lead.company, lead.title, lead.verifier])).toEqual([
        ['ruth@juniper.example.com', 'Juniper Outdoor', 'Marketing Manager', 'valid'],
        ['stan@willow.example.org', 'Willow', 'CTO', 'risky'],
      ]);
    });
  }

  it('LinkedIn: the notes before the header are skipped and counted', async () => {
    const { leads, plan, rejected } = await read('linkedin/Connections.csv');
    expect(plan.source).toBe('linkedin');
    expect(plan.notes).toContainEqual(expect.stringContaining('above the header passed over'));
    expect(leads[0]).toMatchObject({
      email: 'uma@saffron.example.com',
      linkedin_url: 'https://www.linkedin.com/in/uma-castro-example',
      custom_fields: { 'Connected On': '04 Mar 2024' },
    });
    expect(rejected[0]?.line).toBe(8);
  });

  it("drason's own: the persona stays the persona, the source column is kept", async () => {
    const { leads } = await read('drason/leads.csv');
    expect(leads[0]).toMatchObject({ persona: 'VP Sales', title: 'SVP of Sales', lead_score: 88, source: 'webinar' });
    const api = await read('drason/api-batch.json');
    expect(api.leads[0]).toMatchObject({ source: 'webinar', custom_fields: { plan: 'pro', seats: 12 } });
  });

  it("drason's own export: what became of the lead is not read back", async () => {
    const { leads, plan } = await read('drason/leads-export.csv');
    expect(plan.source).toBe('drason');
    expect(plan.ignored).toContain('assigned_campaign_id');
    expect(leads[0]?.custom_fields).toEqual({});
  });

  it('the demo file', async () => {
    const demo = new URL('../../fixtures/demo/leads.csv', import.meta.url).pathname;
    const { leads, rejected } = await readFileAll(demo);
    expect(leads.length + rejected.length).toBe(252);
    expect(rejected.map(({ reason }) => reason).sort()).toEqual([
      'no e-mail address',
      'no e-mail address: the cell says "no-at-sign.example.com"',
      'score "85%" is not a plain number (write 85)',
      'score "85,5" is not a plain number (write 85.5)',
      'score "high" is not a plain number',
    ]);
  });
});
