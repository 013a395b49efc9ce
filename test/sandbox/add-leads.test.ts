import { describe, expect, it } from 'vitest';
import { ANSWER_SHAPES } from '../../src/sandbox/answers.js';
import { ELSEWHERE_CAMPAIGN } from '../../src/sandbox/magic-addresses.js';
import { add, CAMPAIGN, open, post } from './helper.js';

const ZEROES = {
  already_added_to_campaign: 0,
  duplicate_count: 0,
  invalid_email_count: 0,
  invalid_emails: [],
  unsubscribed_leads: [],
  block_count: 0,
  bounce_count: 0,
  skipped_in_other_campaign_count: 0,
  is_lead_limit_exhausted: false,
  lead_import_stopped_count: 0,
};

describe('the live answer', () => {
  it('counts rows received and leads newly attached, with their ids', async () => {
    const sandbox = await open();
    const { status, json } = await add(sandbox, ['a@x.com', 'B@x.com']);
    expect(status).toBe(200);
    expect(json).toEqual({
      ...ZEROES,
      ok: true,
      upload_count: 2,
      total_leads: 2,
      emailToLeadIdMap: {
        newlyAddedLeads: { 'a@x.com': expect.stringMatching(/^\d{10}$/), 'b@x.com': expect.stringMatching(/^\d{10}$/) },
        existingLeads: {},
        existingLeadsInOtherCampaigns: {},
      },
    });
    expect(sandbox.account.membersOf(CAMPAIGN)).toEqual(['a@x.com', 'b@x.com']);
  });

  it('gives ids only when settings.return_lead_ids is true', async () => {
    const sandbox = await open();
    const { json } = await post(sandbox, { lead_list: [{ email: 'a@x.com' }] });
    expect(json).toEqual({ ...ZEROES, ok: true, upload_count: 1, total_leads: 1 });
  });

  it('adds a member again without attaching it twice, and updates the fields that were sent', async () => {
    const sandbox = await open();
    const first = { email: 'a@x.com', first_name: 'Ann', last_name: 'Lee', custom_fields: { one: 1, two: 2 } };
    await post(sandbox, { lead_list: [first] });
    const again = { email: 'A@x.com ', first_name: 'Anna', custom_fields: { two: 'II' } };
    const { json } = await post(sandbox, { lead_list: [again], settings: { return_lead_ids: true } });
    expect(json).toMatchObject({ ok: true, upload_count: 1, total_leads: 0, already_added_to_campaign: 1 });
    expect(json.emailToLeadIdMap).toMatchObject({ newlyAddedLeads: {}, existingLeads: { 'a@x.com': '4155843310' } });
    expect(sandbox.account.memberships()).toEqual([
      { campaign_id: CAMPAIGN, email: 'a@x.com', attachments: 1, pushes: 2 },
    ]);
    const lead = sandbox.account.lead('a@x.com');
    expect(lead).toMatchObject({ first_name: 'Anna', last_name: 'Lee', custom_fields: '{"one":1,"two":"II"}' });
  });

  it('attaches each lead once when the same batch comes many times at once', async () => {
    const sandbox = await open();
    const emails = Array.from({ length: 100 }, (_, i) => `lead${i}@x.com`);
    const answers = await Promise.all(Array.from({ length: 10 }, () => add(sandbox, emails)));
    expect(answers.reduce((sum, answer) => sum + Number(answer.json.total_leads), 0)).toBe(100);
    const memberships = sandbox.account.memberships();
    expect(memberships).toHaveLength(100);
    expect(memberships.every((place) => place.attachments === 1 && place.pushes === 10)).toBe(true);
  });

  it('shows a second attachment of a lead that was taken out meanwhile', async () => {
    const sandbox = await open();
    await add(sandbox, ['a@x.com']);
    sandbox.account.removeMember(CAMPAIGN, 'a@x.com');
    expect(sandbox.account.membersOf(CAMPAIGN)).toEqual([]);
    expect((await add(sandbox, ['a@x.com'])).json.total_leads).toBe(1);
    expect(sandbox.account.membership(CAMPAIGN, 'a@x.com')?.attachments).toBe(2);
  });

  it('counts an address that is twice in one batch', async () => {
    const { json } = await add(await open(), ['a@x.com', 'A@X.com']);
    expect(json).toMatchObject({ upload_count: 2, total_leads: 1, duplicate_count: 1 });
  });

  it('counts what is not an e-mail address', async () => {
    const { json } = await add(await open(), ['a@x.com', 'nobody', 'a@b', 'a b@x.com', 'a@x..com']);
    expect(json).toMatchObject({ ok: true, upload_count: 5, total_leads: 1, invalid_email_count: 4 });
    expect(json.invalid_emails).toEqual(['nobody', 'a@b', 'a b@x.com', 'a@x..com']);
  });
});

describe('the lists of the account', () => {
  it('keeps unsubscribed, blocked and bounced addresses out', async () => {
    const sandbox = await open();
    sandbox.account.unsubscribe('U@x.com');
    sandbox.account.block('b@x.com');
    sandbox.account.bounce('o@x.com');
    const { json } = await add(sandbox, ['u@x.com', 'b@x.com', 'o@x.com', 'a@x.com']);
    expect(json).toMatchObject({ total_leads: 1, unsubscribed_leads: ['u@x.com'], block_count: 1, bounce_count: 1 });
    expect(sandbox.account.membersOf(CAMPAIGN)).toEqual(['a@x.com']);
  });

  it('ignores the first two when asked to', async () => {
    const sandbox = await open();
    sandbox.account.unsubscribe('u@x.com');
    sandbox.account.block('b@x.com');
    const settings = { ignore_unsubscribe_list: true, ignore_global_block_list: true };
    const { json } = await add(sandbox, ['u@x.com', 'b@x.com'], settings);
    expect(json).toMatchObject({ total_leads: 2, unsubscribed_leads: [], block_count: 0 });
  });
});

describe('a lead that is in another campaign', () => {
  it('is skipped when ignore_duplicate_leads_in_other_campaign is true', async () => {
    const sandbox = await open();
    await add(sandbox, ['a@x.com'], {}, '777');
    const { json } = await add(sandbox, ['a@x.com', 'b@x.com'], { ignore_duplicate_leads_in_other_campaign: true });
    expect(json).toMatchObject({ ok: true, upload_count: 2, total_leads: 1, skipped_in_other_campaign_count: 1 });
    expect(json.emailToLeadIdMap).toEqual({
      newlyAddedLeads: { 'b@x.com': '4155843311' },
      existingLeads: {},
      existingLeadsInOtherCampaigns: { 'a@x.com': '4155843310' },
    });
    expect(sandbox.account.membersOf(CAMPAIGN)).toEqual(['b@x.com']);
  });

  it('is attached when it is false, under the same id', async () => {
    const sandbox = await open();
    await add(sandbox, ['a@x.com'], {}, '777');
    const { json } = await add(sandbox, ['a@x.com'], { ignore_duplicate_leads_in_other_campaign: false });
    expect(json).toMatchObject({ total_leads: 1, skipped_in_other_campaign_count: 0 });
    expect(json.emailToLeadIdMap).toMatchObject({ newlyAddedLeads: { 'a@x.com': '4155843310' } });
  });
});

describe('credits', () => {
  it('adds the first leads and stops the rest', async () => {
    const sandbox = await open();
    await add(sandbox, ['old@x.com']);
    sandbox.account.setCredits(2);
    const { status, json } = await add(sandbox, ['a@x.com', 'b@x.com', 'c@x.com', 'd@x.com', 'old@x.com']);
    expect(status).toBe(200);
    expect(json).toMatchObject({
      ok: false,
      is_lead_limit_exhausted: true,
      total_leads: 2,
      already_added_to_campaign: 1,
      lead_import_stopped_count: 2,
      error: expect.any(String),
    });
    expect(sandbox.account.membersOf(CAMPAIGN)).toEqual(['old@x.com', 'a@x.com', 'b@x.com']);
    expect(sandbox.account.credits()).toBe(0);
  });

  it('spends none on members and refused leads, and goes on when there are more', async () => {
    const sandbox = await open();
    sandbox.account.setCredits(1);
    await add(sandbox, ['a@x.com', 'x+invalid@x.com', 'x+blocked@x.com']);
    expect((await add(sandbox, ['a@x.com'])).json).toMatchObject({ ok: true, already_added_to_campaign: 1 });
    sandbox.account.setCredits(null);
    expect((await add(sandbox, ['b@x.com'])).json).toMatchObject({ ok: true, total_leads: 1 });
  });
});

describe('magic addresses', () => {
  it('behave as their tag says', async () => {
    const sandbox = await open();
    const tags = ['unsubscribed', 'blocked', 'bounced', 'invalid', 'elsewhere'];
    const emails = ['ann+tag@x.com', ...tags.map((tag) => `ann+${tag}@x.com`)];
    const { json } = await add(sandbox, emails, { ignore_duplicate_leads_in_other_campaign: true });
    expect(json).toMatchObject({
      upload_count: 6,
      total_leads: 1,
      unsubscribed_leads: ['ann+unsubscribed@x.com'],
      block_count: 1,
      bounce_count: 1,
      invalid_emails: ['ann+invalid@x.com'],
      skipped_in_other_campaign_count: 1,
    });
    expect(sandbox.account.membersOf(CAMPAIGN)).toEqual(['ann+tag@x.com']);
    expect(sandbox.account.membersOf(ELSEWHERE_CAMPAIGN)).toEqual(['ann+elsewhere@x.com']);
  });

  it('lets settings get their way', async () => {
    const sandbox = await open();
    const { json } = await add(sandbox, ['a+unsubscribed@x.com', 'a+blocked@x.com', 'a+elsewhere@x.com'], {
      ignore_unsubscribe_list: true,
      ignore_global_block_list: true,
    });
    expect(json.total_leads).toBe(3);
  });
});

describe('answer shapes', () => {
  const emails = ['a@x.com', 'a+invalid@x.com', 'a+unsubscribed@x.com'];

  it('counts: numbers and no ids', async () => {
    const { json } = await add(await open({ answer: 'counts' }), emails);
    expect(json).toMatchObject({ total_leads: 1, invalid_email_count: 1, invalid_emails: 1, unsubscribed_leads: 1 });
    expect(json).not.toHaveProperty('emailToLeadIdMap');
  });

  it('lists: addresses and no ids', async () => {
    const { json } = await add(await open({ answer: 'lists' }), emails);
    expect(json).toMatchObject({ invalid_emails: [emails[1]], unsubscribed_leads: [emails[2]] });
    expect(json).not.toHaveProperty('emailToLeadIdMap');
  });

  it('documented: what was skipped and why', async () => {
    const { json } = await add(await open({ answer: 'documented' }), emails);
    expect(json).toEqual({
      success: true,
      added_count: 1,
      skipped_count: 2,
      skipped_leads: [
        { email: emails[1], reason: 'Invalid email' },
        { email: emails[2], reason: 'Lead is unsubscribed' },
      ],
    });
  });

  it.each([
    ['text', /^success$/, 'text/plain'],
    ['empty', /^$/, 'text/plain'],
    ['html', /<html>/, 'text/html'],
  ] as const)('%s: no evidence at all', async (answer, body, type) => {
    const sandbox = await open({ answer });
    const { status, text, headers } = await add(sandbox, ['a@x.com']);
    expect(status).toBe(200);
    expect(text).toMatch(body);
    expect(headers.get('content-type')).toContain(type);
    expect(sandbox.account.membersOf(CAMPAIGN)).toEqual(['a@x.com']);
  });

  it('does the same work whatever it says about it', async () => {
    for (const answer of ANSWER_SHAPES) {
      const sandbox = await open({ answer });
      await add(sandbox, emails);
      expect(sandbox.account.memberships()).toHaveLength(1);
    }
  });
});

describe('ill-formed addresses', () => {
  it('reject: the whole batch, naming the row', async () => {
    const sandbox = await open({ invalid: 'reject' });
    const { status, json } = await add(sandbox, ['a@x.com', 'b@x.com', 'c@x.com', 'nobody']);
    expect(status).toBe(400);
    expect(json).toEqual({
      statusCode: 400,
      error: 'Bad Request',
      message: '"lead_list[3].email" must be a valid email',
    });
    expect(sandbox.account.membersOf(CAMPAIGN)).toEqual([]);
  });

  it('reject-unnamed: the whole batch, naming nobody', async () => {
    const sandbox = await open({ invalid: 'reject-unnamed' });
    const { status, text } = await add(sandbox, ['a@x.com', 'x+invalid@x.com']);
    expect(status).toBe(400);
    expect(text).not.toMatch(/lead_list|invalid@/);
    expect((await add(sandbox, ['a@x.com'])).json.total_leads).toBe(1);
  });
});
