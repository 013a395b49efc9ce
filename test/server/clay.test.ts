import { expect, test } from 'vitest';
import { CLAY_SECRET, RULES, sign, startDoors } from '../helpers/doors.js';

const LEAD = {
  email: 'test2@example.com',
  persona: 'Marketing Manager',
  lead_score: 75,
  first_name: 'First',
  last_name: 'Last',
  company: 'Company',
};
const TWO_TENANTS = `organizations:
  acme:
    clay: { secret_env: CLAY_WEBHOOK_SECRET }
    rules: [{ persona: "*", target_campaign_id: "123456" }]
  globex:
    clay: { secret_env: GLOBEX_CLAY_SECRET }
    rules: [{ persona: "*", target_campaign_id: "123457" }]
`;
const TWO_SECRETS = { CLAY_WEBHOOK_SECRET: CLAY_SECRET, GLOBEX_CLAY_SECRET: 'globex-s3cret-55aa' };
const UNAUTHORIZED = {
  status: 401,
  body: { success: false, error: { code: 'UNAUTHORIZED', message: 'The credentials are missing or wrong.' } },
};

test('a signed lead is stored, pushed and proven like any other', async () => {
  const { trial, clay } = await startDoors();
  expect(await clay(LEAD)).toMatchObject({
    status: 200,
    body: {
      success: true,
      data: { message: 'Lead ingested successfully', status: 'ACTIVE', assignedCampaignId: '123458' },
    },
  });
  expect(trial.memberships()).toEqual(['123458 test2@example.com']);
  expect(trial.query('SELECT source FROM leads')).toEqual([{ source: 'clay' }]);
});

test.each<[string, (hex: string) => Record<string, string>]>([
  ['hex', (hex) => ({ 'x-clay-signature': hex })],
  ['sha256=', (hex) => ({ 'x-clay-signature': `sha256=${hex}` })],
  ['capitals', (hex) => ({ 'x-clay-signature': hex.toUpperCase() })],
  ['the secret itself', () => ({ 'x-clay-secret': CLAY_SECRET })],
])('it is opened by: %s', async (_name, headers) => {
  const { post } = await startDoors();
  const body = JSON.stringify(LEAD);
  expect(await post('/api/ingest/clay', body, headers(sign(CLAY_SECRET, body)))).toMatchObject({ status: 200 });
});

const BODY = JSON.stringify(LEAD);
const GOOD = sign(CLAY_SECRET, BODY);
test.each<[string, string, Record<string, string>]>([
  ['nothing', BODY, {}],
  ['a signature with another secret', BODY, { 'x-clay-signature': sign('other', BODY) }],
  ['a signature that is off by one', BODY, { 'x-clay-signature': GOOD.replace(/.$/, (c) => (c === '0' ? '1' : '0')) }],
  ['a short one', BODY, { 'x-clay-signature': GOOD.slice(0, 63) }],
  ['a long one', BODY, { 'x-clay-signature': `${GOOD}00` }],
  ['an empty one', BODY, { 'x-clay-signature': '' }],
  ['the prefix alone', BODY, { 'x-clay-signature': 'sha256=' }],
  ['no hex', BODY, { 'x-clay-signature': 'z'.repeat(64) }],
  ['another digest', BODY, { 'x-clay-signature': `sha1=${GOOD}` }],
  ['two at once', BODY, { 'x-clay-signature': `${GOOD}, ${GOOD}` }],
  ['the body serialised again', JSON.stringify(LEAD, null, 1), { 'x-clay-signature': GOOD }],
  ['a body with a line break more', `${BODY}\n`, { 'x-clay-signature': GOOD }],
  ['a wrong secret', BODY, { 'x-clay-secret': 'nope' }],
  ['half of the secret', BODY, { 'x-clay-secret': CLAY_SECRET.slice(0, -1) }],
  ['an empty secret', BODY, { 'x-clay-secret': '' }],
  // a signature that is there must be right, whatever else is
  ['a wrong signature and the right secret', BODY, { 'x-clay-signature': 'x', 'x-clay-secret': CLAY_SECRET }],
])('it stays closed to: %s', async (_name, body, headers) => {
  const { trial, post } = await startDoors();
  expect(await post('/api/ingest/clay', body, headers)).toMatchObject(UNAUTHORIZED);
  expect(trial.query('SELECT 1 FROM leads')).toEqual([]);
});

test('what is wrong with a body is told only to who has proven that it may ask', async () => {
  const { post, clay } = await startDoors();
  for (const body of ['', 'no json', '[[[[', '[]']) {
    expect(await post('/api/ingest/clay', body, { 'x-clay-signature': 'f'.repeat(64) })).toMatchObject(UNAUTHORIZED);
    expect(await clay(body)).toMatchObject({ status: 400 });
  }
});

test.each<[string, string, Record<string, string>]>([
  ['the query', '?orgId=acme', {}],
  ['the header', '', { 'x-organization-id': 'acme' }],
  ['both, which agree', '?orgId=acme', { 'x-organization-id': 'acme' }],
])('the organization is named by: %s', async (_name, query, headers) => {
  const { trial, post } = await startDoors({ rules: TWO_TENANTS, env: TWO_SECRETS });
  const signed = { 'x-clay-signature': GOOD, ...headers };
  expect(await post(`/api/ingest/clay${query}`, BODY, signed)).toMatchObject({ status: 200 });
  expect(trial.query('SELECT organization_id FROM leads')).toEqual([{ organization_id: 'acme' }]);
});

test.each<[string, string, Record<string, string>]>([
  ['query and header disagree', '?orgId=acme', { 'x-organization-id': 'globex' }],
  ['it is unknown', '?orgId=nobody', {}],
  ['it is empty', '?orgId=', {}],
  ['it is a name that every object has', '?orgId=__proto__', {}],
  ['it is not named, and there are two', '', {}],
  ["it is named, and the signature is another organization's", '?orgId=globex', {}],
])('the same 401 when: %s', async (_name, query, headers) => {
  const { trial, post } = await startDoors({ rules: TWO_TENANTS, env: TWO_SECRETS });
  const signed = { 'x-clay-signature': GOOD, ...headers };
  expect(await post(`/api/ingest/clay${query}`, BODY, signed)).toMatchObject(UNAUTHORIZED);
  expect(trial.query('SELECT 1 FROM leads')).toEqual([]);
});

test('the only organization there is need not be named, and may be', async () => {
  const { clay } = await startDoors();
  expect(await clay(LEAD)).toMatchObject({ status: 200 });
  expect(await clay(LEAD, '?orgId=default')).toMatchObject({ status: 200 });
  expect(await clay(LEAD, '?orgId=other')).toMatchObject(UNAUTHORIZED);
});

test.each([
  ['the rules file names no variable', 'rules: [{ persona: "*", target_campaign_id: "123456" }]\n', {}],
  ['the variable is not set', RULES, {}],
  ['its file cannot be read', RULES, { CLAY_WEBHOOK_SECRET_FILE: '/nowhere/secret' }],
])('no secret, no door: %s', async (_name, rules, env) => {
  const { trial, post, clay } = await startDoors({ rules, env });
  for (const answer of [await clay(LEAD), await post('/api/ingest/clay', LEAD)]) {
    expect(answer).toMatchObject(UNAUTHORIZED);
    expect(answer.text).not.toContain('/nowhere');
  }
  expect(trial.query('SELECT 1 FROM leads')).toEqual([]);
});

test.each([
  { 'Work Email': 'a@example.com', 'Job Title': 'Marketing Manager', Score: 75, 'First Name': 'A' },
  { work_email: 'a@example.com', job_title: 'Marketing Manager', score: '75', first_name: 'A' },
  { 'WORK-EMAIL': 'a@example.com', Persona: 'marketing manager', 'Lead Score': '75', firstName: 'A' },
  { Email: 'A@Example.com', persona: 'Marketing Manager', lead_score: 75, FIRST_NAME: 'A' },
])('names are taken as people type them: %j', async (lead) => {
  const { trial, clay } = await startDoors();
  expect(await clay(lead)).toMatchObject({ body: { data: { status: 'ACTIVE', assignedCampaignId: '123458' } } });
  expect(trial.query('SELECT email, first_name, lead_score FROM leads')).toEqual([
    { email: 'a@example.com', first_name: 'A', lead_score: 75 },
  ]);
});

test('names that the rules file maps are found; a table without that column does without', async () => {
  const rules = `clay: { secret_env: CLAY_WEBHOOK_SECRET }
fields: { persona: "Buyer Type", lead_score: "ICP" }
rules: [{ persona: CFO, min_score: 90, target_campaign_id: "123456" }]
`;
  const { trial, clay } = await startDoors({ rules });
  expect(await clay({ email: 'a@example.com', 'buyer type': 'CFO', icp: 95 })).toMatchObject({
    body: { data: { status: 'ACTIVE' } },
  });
  expect(await clay({ email: 'b@example.com', persona: 'CFO' })).toMatchObject({ status: 200 });
  expect(trial.query("SELECT persona, lead_score FROM leads WHERE email = 'b@example.com'")).toEqual([
    { persona: 'CFO', lead_score: 50 },
  ]);
});

test('no persona is General, no score is 50; a title stands in for a persona, as in a file', async () => {
  const { trial, clay } = await startDoors();
  await clay({ email: 'a@example.com' });
  await clay({ email: 'b@example.com', persona: '', Score: '' });
  await clay({ email: 'c@example.com', title: 'VP Sales', Score: 0 });
  expect(trial.query('SELECT persona, lead_score FROM leads ORDER BY email')).toEqual([
    { persona: 'General', lead_score: 50 },
    { persona: 'General', lead_score: 50 },
    { persona: 'VP Sales', lead_score: 0 },
  ]);
});

test.each([
  [{ name: 'A' }, 'no e-mail address'],
  [{ email: '' }, 'no e-mail address'],
  [{ email: 'N/A' }, 'no e-mail address: the cell says "N/A"'],
  [{ 'Work Email': 'a@b.io; c@d.io' }, 'two e-mail addresses in one cell: a@b.io and c@d.io; keep one'],
  [{ email: ['a@b.io', 'c@d.io'] }, 'two e-mail addresses in one cell: a@b.io and c@d.io; keep one'],
  [{ email: 'a@example.com', score: 'many' }, 'score "many" is not a plain number'],
  [{ email: 'a@example.com', Email: 'b@example.com' }, '"email" and "Email" both mean email and differ'],
])('what cannot be read is a 400 that says why: %j', async (lead, message) => {
  const { trial, clay } = await startDoors();
  expect(await clay(lead)).toMatchObject({ status: 400, body: { error: { code: 'INVALID_LEAD', message } } });
  expect(trial.query('SELECT 1 FROM leads')).toEqual([]);
});

test('strangers cannot use up what Clay may send', async () => {
  const { post, clay } = await startDoors({ allowance: { burst: 3, perSecond: 0.001 } });
  for (let n = 0; n < 10; n++) expect(await post('/api/ingest/clay', LEAD)).toMatchObject(UNAUTHORIZED);
  for (let n = 0; n < 3; n++) expect(await clay(LEAD)).toMatchObject({ status: 200 });
  const refused = await clay(LEAD);
  expect(refused).toMatchObject({ status: 429, body: { error: { code: 'RATE_LIMITED' } } });
  expect(refused.headers.get('retry-after')).toMatch(/^\d+$/);
});
