import { describe, expect, it } from 'vitest';
import { CAMPAIGN, open, post } from './helper.js';

const EMAIL = 'a@x.com';
const lead = (fields: object) => ({ lead_list: [{ email: EMAIL, ...fields }] });
const settings = (fields: object) => ({ lead_list: [{ email: EMAIL }], settings: fields });
const many = (count: number) => Array.from({ length: count }, (_, i) => ({ email: `lead${i}@x.com` }));
const keys = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`k${i}`, i]));

describe('a request that the validator refuses', () => {
  it.each<[string, unknown]>([
    ['"lead_list[3].foo" is not allowed', { lead_list: [...many(3), { email: EMAIL, foo: 1 }] }],
    ['"lead_list[0].company" is not allowed', lead({ company: 'X' })],
    ['"settings.foo" is not allowed', settings({ foo: true })],
    ['"return_lead_ids" is not allowed', { lead_list: [{ email: EMAIL }], return_lead_ids: true }],
    ['"lead_list[0].phone_number" must be a string', lead({ phone_number: 123 })],
    ['"lead_list[0].first_name" must be a string', lead({ first_name: null })],
    ['"lead_list[0].email" is required', { lead_list: [{ first_name: 'Ann' }] }],
    ['"lead_list[0].email" must be a string', { lead_list: [{ email: 1 }] }],
    ['"lead_list[0]" must be of type object', { lead_list: ['a@x.com'] }],
    ['"lead_list" is required', {}],
    ['"lead_list" must be an array', { lead_list: {} }],
    ['"lead_list" must contain at least 1 items', { lead_list: [] }],
    ['"lead_list" must contain less than or equal to 400 items', { lead_list: many(401) }],
    ['"settings.return_lead_ids" must be a boolean', settings({ return_lead_ids: 'yes' })],
    [
      '"lead_list[0].custom_fields.tags" must be one of [string, number, boolean]',
      lead({ custom_fields: { tags: ['a'] } }),
    ],
    ['"lead_list[0].custom_fields" must have less than or equal to 200 keys', lead({ custom_fields: keys(201) })],
    ['"lead_list[0].custom_fields" must be of type object', lead({ custom_fields: 'x' })],
    ['"value" must be of type object', []],
  ])('%s', async (message, body) => {
    const sandbox = await open();
    const answer = await post(sandbox, body);
    expect(answer.status).toBe(400);
    expect(answer.json).toEqual({ statusCode: 400, error: 'Bad Request', message });
    expect(sandbox.account.memberships()).toEqual([]);
  });

  it('is one of malformed JSON', async () => {
    const answer = await post(await open(), '{"lead_list": [');
    expect(answer.status).toBe(400);
    expect(answer.json).toMatchObject({ statusCode: 400, error: 'Bad Request' });
  });

  it('is one that does not call itself JSON', async () => {
    const answer = await post(await open(), lead({}), { headers: { 'content-type': 'text/plain' } });
    expect(answer.json.message).toBe('"lead_list" is required');
  });
});

describe('the limits of a request', () => {
  it('are 400 leads, 200 scalar custom fields and every documented key', async () => {
    const sandbox = await open();
    expect((await post(sandbox, { lead_list: many(400) })).json.total_leads).toBe(400);
    const full = lead({
      first_name: 'Ann',
      last_name: 'Lee',
      company_name: 'X Inc',
      phone_number: '+1 555',
      website: 'x.com',
      location: '',
      linkedin_profile: 'https://linkedin.com/in/ann',
      company_url: 'x.com',
      custom_fields: { ...keys(198), yes: true, text: 'x' },
    });
    expect((await post(sandbox, full)).status).toBe(200);
  });

  it('can be set', async () => {
    const sandbox = await open({ maxLeads: 100, maxCustomFields: 20, returnLeadIds: false });
    expect((await post(sandbox, { lead_list: many(101) })).json.message).toContain('equal to 100 items');
    expect((await post(sandbox, lead({ custom_fields: keys(21) }))).json.message).toContain('equal to 20 keys');
    const answer = await post(sandbox, settings({ return_lead_ids: true }));
    expect(answer.json.message).toBe('"settings.return_lead_ids" is not allowed');
    expect(sandbox.account.membersOf(CAMPAIGN)).toEqual([]);
  });
});
