import { describe, expect, it } from 'vitest';
import { add, CAMPAIGN, get, open, post } from './helper.js';

describe('campaigns', () => {
  it('are listed, with and without a slash', async () => {
    const sandbox = await open();
    for (const path of ['/campaigns/', '/campaigns']) {
      const { status, text } = await get(sandbox, path);
      expect(status).toBe(200);
      expect(JSON.parse(text)).toMatchObject([
        { id: 123456, name: 'Sandbox campaign 123456', status: 'ACTIVE' },
        { id: 777, name: 'Sandbox campaign 777', status: 'ACTIVE' },
      ]);
    }
  });

  it('are read one by one', async () => {
    expect((await get(await open(), `/campaigns/${CAMPAIGN}`)).json).toMatchObject({ id: 123456, status: 'ACTIVE' });
  });

  it('that are missing are a 404 for every call', async () => {
    const sandbox = await open();
    const answers = await Promise.all([
      get(sandbox, '/campaigns/5'),
      get(sandbox, '/campaigns/5/leads'),
      get(sandbox, '/campaigns/5/analytics'),
      post(sandbox, { lead_list: [{ email: 'a@x.com' }] }, { campaign: '5' }),
    ]);
    for (const answer of answers) {
      expect(answer.status).toBe(404);
      expect(answer.json).toEqual({ message: 'Campaign not found - Invalid campaign_id.' });
    }
    expect(sandbox.account.lead('a@x.com')).toBeUndefined();
  });

  it('have their counts as strings', async () => {
    const sandbox = await open();
    await add(sandbox, ['a@x.com', 'b@x.com']);
    const { json } = await get(sandbox, `/campaigns/${CAMPAIGN}/analytics`);
    expect(json).toMatchObject({ sent_count: '0', total_count: '2', campaign_lead_stats: { total: '2' } });
  });
});

describe('a roster', () => {
  it('loses a lead that is deleted by its id, as drason never does', async () => {
    const sandbox = await open();
    await add(sandbox, ['a@x.com', 'b@x.com']);
    const { json } = await get(sandbox, '/leads/?email=a@x.com');
    const remove = (campaign: string) =>
      fetch(`${sandbox.url}/campaigns/${campaign}/leads/${String(json.id)}?api_key=k`, { method: 'DELETE' });
    expect((await remove('777')).status).toBe(404);
    expect((await remove('5')).status).toBe(404);
    expect((await remove(CAMPAIGN)).status).toBe(200);
    expect((await remove(CAMPAIGN)).status).toBe(404);
    expect(sandbox.account.membersOf(CAMPAIGN)).toEqual(['b@x.com']);
  });

  it('comes in pages of at most 100, its total as a string', async () => {
    const sandbox = await open();
    const emails = Array.from({ length: 130 }, (_, i) => `lead${i}@x.com`);
    await add(sandbox, emails);
    const first = await get(sandbox, `/campaigns/${CAMPAIGN}/leads?offset=0&limit=100`);
    const second = await get(sandbox, `/campaigns/${CAMPAIGN}/leads?offset=100&limit=100`);
    expect(first.json.total_leads).toBe('130');
    expect(first.json.data).toHaveLength(100);
    expect(second.json.data).toHaveLength(30);
    expect(second.json.data).toMatchObject(
      emails.slice(100).map((email) => ({ status: 'STARTED', lead: { id: expect.any(Number), email } })),
    );
  });

  it('refuses larger pages and nonsense', async () => {
    const sandbox = await open();
    const over = await get(sandbox, `/campaigns/${CAMPAIGN}/leads?limit=101`);
    expect(over.status).toBe(400);
    expect(over.json.message).toBe('"limit" must be less than or equal to 100');
    const word = await get(sandbox, `/campaigns/${CAMPAIGN}/leads?offset=x`);
    expect(word.json.message).toBe('"offset" must be a number');
  });
});

describe('the look-up by address', () => {
  it('finds a lead of the whole account, with its campaigns', async () => {
    const sandbox = await open();
    await add(sandbox, ['a+b@x.com']);
    await add(sandbox, ['a+b@x.com'], {}, '777');
    const { json } = await get(sandbox, `/leads/?email=${encodeURIComponent('A+b@x.com')}`);
    expect(json).toMatchObject({
      id: '4155843310',
      email: 'a+b@x.com',
      lead_campaign_data: [{ campaign_id: 123456 }, { campaign_id: 777 }],
    });
    sandbox.account.removeMember('777', 'a+b@x.com');
    const { json: later } = await get(sandbox, '/leads?email=a%2Bb@x.com');
    expect(later.lead_campaign_data).toHaveLength(1);
  });

  it('answers {} for anybody else', async () => {
    const { status, text } = await get(await open(), '/leads/?email=nobody@x.com');
    expect([status, text]).toEqual([200, '{}']);
  });
});
