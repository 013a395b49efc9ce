import { expect, test } from 'vitest';
import { startDoors } from '../helpers/doors.js';

const LEAD = { email: 'test@example.com', persona: 'VP Sales', lead_score: 85 };
const COMPLETE = { ...LEAD, first_name: 'First', last_name: 'Last', company: 'Company', source: 'api' };

test('a complete lead is stored, routed, pushed, proven, and the answer says so', async () => {
  const { trial, ingest } = await startDoors();
  const { status, body } = await ingest(COMPLETE);
  const [lead] = trial.query<{ id: string }>('SELECT id FROM leads');
  expect(status).toBe(200);
  expect(body).toEqual({
    success: true,
    data: {
      message: 'Lead ingested successfully',
      leadId: lead?.id,
      status: 'ACTIVE',
      holdReason: null,
      healthClassification: 'GREEN',
      assignedCampaignId: '123456',
      pushedToSmartlead: true,
    },
  });
  expect(trial.memberships()).toEqual(['123456 test@example.com']);
  expect(trial.query('SELECT email, first_name, last_name, company, persona, lead_score, source FROM leads')).toEqual([
    COMPLETE,
  ]);
});

test.each([
  [{}, 'email, persona, lead_score'],
  [{ email: 'a@example.com' }, 'persona, lead_score'],
  [{ email: 'a@example.com', title: 'VP Sales', lead_score: 85 }, 'persona'],
  [{ ...LEAD, email: '  ' }, 'email'],
  [{ ...LEAD, persona: null }, 'persona'],
  [{ ...LEAD, lead_score: '' }, 'lead_score'],
])('required fields that are missing are named, in a 400: %j', async (lead, missing) => {
  const { trial, ingest } = await startDoors();
  expect(await ingest(lead)).toMatchObject({
    status: 400,
    body: { success: false, error: { code: 'INVALID_LEAD', message: `required and missing: ${missing}` } },
  });
  expect(trial.query('SELECT 1 FROM leads')).toEqual([]);
});

test.each([
  ['90', 90],
  [' 85.5 ', 85.5],
  ['+7', 7],
  [0, 0],
  [-3, -3],
  [85.25, 85.25],
])('the score %j is %d', async (given, score) => {
  const { trial, ingest } = await startDoors();
  expect(await ingest({ ...LEAD, lead_score: given })).toMatchObject({ status: 200 });
  expect(trial.query('SELECT lead_score FROM leads')).toEqual([{ lead_score: score }]);
});

test.each(['"many"', '"85%"', '"85,5"', '"0x10"', '"1e3"', 'true', '{}', '[85]', '1e400', '"NaN"', '"Infinity"'])(
  'the score %s is none: 400',
  async (score) => {
    const { trial, ingest } = await startDoors();
    const { status, body } = await ingest(`{"email":"a@example.com","persona":"VP Sales","lead_score":${score}}`);
    expect(status).toBe(400);
    expect(body.error).toEqual({ code: 'INVALID_LEAD', message: 'lead_score is not a number' });
    expect(trial.query('SELECT 1 FROM leads')).toEqual([]);
  },
);

test('an ill-formed address is RED: stored, blocked, 200', async () => {
  const { trial, ingest } = await startDoors();
  expect(await ingest({ ...LEAD, email: 'not an@address' })).toMatchObject({
    status: 200,
    body: {
      success: true,
      data: {
        message: 'Lead blocked by health gate',
        status: 'BLOCKED',
        holdReason: null,
        healthClassification: 'RED',
        assignedCampaignId: null,
        pushedToSmartlead: false,
      },
    },
  });
  expect(trial.states()).toEqual({ BLOCKED: 1 });
  expect(trial.requests).toEqual([]);
});

test('all fields of the API reach their column, and everything else is a custom field', async () => {
  const { trial, ingest } = await startDoors();
  await ingest({
    ...COMPLETE,
    phone: 15551234567,
    linkedin_url: 'https://linkedin.com/in/first',
    website: 'example.com',
    location: 'Berlin',
    title: 'Head of Sales',
    Headcount: 250,
    ICP: true,
    Tech: ['a', { b: 1 }],
    empty: '',
    nothing: null,
  });
  expect(
    trial.query('SELECT phone, linkedin_url, website, location, title, persona, custom_fields FROM leads'),
  ).toEqual([
    {
      phone: '15551234567',
      linkedin_url: 'https://linkedin.com/in/first',
      website: 'example.com',
      location: 'Berlin',
      title: 'Head of Sales',
      persona: 'VP Sales',
      custom_fields: JSON.stringify({ Headcount: 250, ICP: true, Tech: '["a",{"b":1}]' }),
    },
  ]);
});

test("the API's own names mean what they say, whatever the rules file calls a file's columns", async () => {
  const rules =
    'fields: { persona: "Job Title", lead_score: "ICP Score" }\nrules:\n  - { persona: VP Sales, target_campaign_id: "123456" }\n';
  const { trial, ingest } = await startDoors({ rules });
  expect(await ingest({ ...LEAD, 'Job Title': 'Janitor', 'ICP Score': 1 })).toMatchObject({
    body: { data: { status: 'ACTIVE' } },
  });
  expect(trial.query('SELECT persona, lead_score FROM leads')).toEqual([{ persona: 'VP Sales', lead_score: 85 }]);
});

test('an array is answered in order; a bad item costs itself', async () => {
  const { trial, ingest } = await startDoors();
  const { status, body } = await ingest([
    LEAD,
    { email: 'nobody@example.com' },
    'text',
    { ...LEAD, email: 'b@example.com', persona: 'CTO' },
    { ...LEAD, email: 'broken@' },
  ]);
  expect(status).toBe(200);
  expect(body).toMatchObject({
    success: true,
    data: {
      results: [
        { success: true, message: 'Lead ingested successfully', pushedToSmartlead: true },
        { success: false, error: { code: 'INVALID_LEAD', message: 'required and missing: persona, lead_score' } },
        { success: false, error: { code: 'INVALID_LEAD', message: 'expected an object' } },
        { success: true, message: 'Lead in holding pool', status: 'HELD', holdReason: 'no_route' },
        { success: true, message: 'Lead blocked by health gate', status: 'BLOCKED' },
      ],
    },
  });
  // the place in the array is kept, for whoever looks for it
  const lines = trial.query<{ line: number }>(
    "SELECT json_extract(details, '$.line') AS line FROM audit_logs WHERE trigger = 'ingest' ORDER BY id",
  );
  expect(lines.map(({ line }) => line)).toEqual([1, 4, 5]);
});

test('an array of bad items only is a 400 that says what is wrong, and stores nothing', async () => {
  const { trial, ingest } = await startDoors();
  const { status, body } = await ingest([{ email: 'a@example.com' }, 7, null, [], {}, 'x', 'y']);
  expect(status).toBe(400);
  expect(body.error?.message).toMatch(
    /^Not one of the 7 leads can be used: \[0\] required and missing: persona, lead_score; \[1\] expected an object; /,
  );
  expect(trial.query('SELECT 1 FROM leads')).toEqual([]);
});

test('an address that comes twice in a request is one lead with one id, as the first item has it', async () => {
  const { trial, ingest } = await startDoors();
  const { body } = await ingest([
    { ...LEAD, first_name: 'First' },
    { ...LEAD, email: 'other@example.com' },
    { ...LEAD, email: ' TEST@Example.com ', first_name: 'Second', lead_score: 61 },
  ]);
  const ids = body.data?.results?.map(({ leadId }) => leadId);
  expect(ids?.[2]).toBe(ids?.[0]);
  expect(ids?.[1]).not.toBe(ids?.[0]);
  expect(trial.query("SELECT first_name, lead_score FROM leads WHERE email = 'test@example.com'")).toEqual([
    { first_name: 'First', lead_score: 85 },
  ]);
  expect(trial.memberships()).toEqual(['123456 other@example.com', '123456 test@example.com']);
});

test('an address that comes in a later request is the same lead, with what is new', async () => {
  const { trial, ingest } = await startDoors();
  const first = await ingest({ ...LEAD, company: 'Before' });
  const second = await ingest({ ...LEAD, company: 'After', phone: '1' });
  expect(second.body.data).toEqual(first.body.data);
  expect(trial.query('SELECT company, phone, status FROM leads')).toEqual([
    { company: 'After', phone: '1', status: 'ACTIVE' },
  ]);
  expect(trial.pushes()).toHaveLength(1);
});

test('1,000 leads are one request here and ten to Smartlead; 1,001 and none are a 400', async () => {
  const { trial, ingest } = await startDoors();
  const many = (n: number) => Array.from({ length: n }, (_, i) => ({ ...LEAD, email: `lead${i}@example.com` }));
  expect(await ingest(many(1001))).toMatchObject({ status: 400, body: { error: { code: 'TOO_MANY_LEADS' } } });
  expect(await ingest([])).toMatchObject({ status: 400, body: { error: { message: 'The array is empty.' } } });
  expect(trial.query('SELECT 1 FROM leads')).toEqual([]);
  const { status, body } = await ingest(many(1000), '?wait=60');
  expect(status).toBe(200);
  expect(body.data?.results?.filter(({ pushedToSmartlead }) => pushedToSmartlead)).toHaveLength(1000);
  expect(trial.memberships()).toHaveLength(1000);
  expect(trial.pushes()).toHaveLength(10);
});

test.each([
  ['', 'The body is empty.'],
  ['{"email":', 'The body is not valid JSON.'],
  ['{} {}', 'The body is not valid JSON.'],
  [Buffer.from('{"email":"\xff@example.com"}', 'latin1'), 'The body is not valid UTF-8.'],
])('a body that is no JSON is a 400 that says so: %s', async (body, message) => {
  const { ingest } = await startDoors();
  expect(await ingest(body)).toMatchObject({ status: 400, body: { error: { code: 'INVALID_JSON', message } } });
});

test.each(['null', '"text"', '7', 'true'])('JSON that is neither an object nor an array is a 400: %s', async (body) => {
  const { ingest } = await startDoors();
  expect(await ingest(body)).toMatchObject({ status: 400, body: { error: { message: 'expected an object' } } });
});

test('who unsubscribed by any item of an array is blocked, whichever comes first', async () => {
  const { trial, ingest } = await startDoors();
  const { body } = await ingest([LEAD, { ...LEAD, unsubscribed: 'true' }], '?wait=0');
  expect(body.data?.results).toMatchObject([{ status: 'BLOCKED' }, { status: 'BLOCKED' }]);
  expect(trial.query('SELECT reason FROM suppressions')).toEqual([{ reason: 'unsubscribed' }]);
});

test('every message: what became of the lead by the time of the answer', async () => {
  const { trial, ingest } = await startDoors({ campaigns: ['123456', '123458'] });
  const send = async (lead: object, query = '') => (await ingest({ ...LEAD, ...lead }, query)).body.data;
  expect(await send({})).toMatchObject({ message: 'Lead ingested successfully', status: 'ACTIVE' });
  expect(await send({ email: 'red@' })).toMatchObject({ message: 'Lead blocked by health gate', status: 'BLOCKED' });
  expect(await send({ email: 'out@example.com', unsubscribed: 'true' })).toMatchObject({
    message: 'Lead blocked by health gate',
    status: 'BLOCKED',
    healthClassification: 'GREEN',
  });
  expect(await send({ email: 'cto@example.com', persona: 'CTO' })).toMatchObject({
    message: 'Lead in holding pool',
    holdReason: 'no_route',
    assignedCampaignId: null,
  });
  expect(await send({ email: 'soon@example.com' }, '?wait=0')).toMatchObject({
    message: 'Lead ingested (push pending)',
    status: 'HELD',
    holdReason: 'queued',
    assignedCampaignId: '123456',
    pushedToSmartlead: false,
  });
  expect(await send({ email: 'lost@example.com', lead_score: 61 })).toMatchObject({
    message: 'Lead ingested (push failed)',
    status: 'HELD',
    holdReason: 'campaign_not_found',
    pushedToSmartlead: false,
  });
  expect(await send({ email: 'ann+unsubscribed@example.com' })).toMatchObject({
    message: 'Lead ingested (push failed)',
    holdReason: 'refused',
  });
  trial.write('review.csv', 'email,persona,lead_score\nreview@example.com,VP Sales,85\n');
  await trial.summary(['ingest', 'review.csv', '--no-push']);
  expect(await send({ email: 'review@example.com' })).toMatchObject({
    message: 'Lead ingested (push pending)',
    holdReason: 'review',
  });
});

test('a lead whose outcome is not known yet is pending, in the answer too', async () => {
  const { ingest } = await startDoors({ faults: () => '500-after' });
  expect(await ingest(LEAD, '?wait=1')).toMatchObject({
    status: 200,
    body: { data: { message: 'Lead ingested (push pending)', holdReason: 'unknown', pushedToSmartlead: false } },
  });
});

test('a refused key: the lead is HELD auth, and the answer is still a 200', async () => {
  const { trial, engine, ingest } = await startDoors({ smartleadKey: 'bad-key-1' });
  expect(await ingest(LEAD)).toMatchObject({
    status: 200,
    body: { data: { message: 'Lead ingested (push failed)', status: 'HELD', holdReason: 'auth' } },
  });
  expect(trial.states()).toEqual({ 'HELD auth': 1 });
  expect((await engine.problems()).join()).toMatch(/^default: Smartlead refuses the key: 401 /);
});

test('?wait= is how long the answer may take: 0 answers as soon as the lead is stored', async () => {
  const { trial, ingest } = await startDoors({ latencyMs: 1200 });
  const none = await ingest(LEAD, '?wait=0');
  expect(none.body.data).toMatchObject({ holdReason: 'queued' });
  expect(trial.requests).toEqual([]);
  const short = await ingest({ ...LEAD, email: 'b@example.com' }, '?wait=0.1');
  expect(short.body.data).toMatchObject({ holdReason: 'queued', message: 'Lead ingested (push pending)' });
  const byDefault = await ingest({ ...LEAD, email: 'c@example.com' });
  expect(byDefault.body.data).toMatchObject({ status: 'ACTIVE' });
  // more than a minute counts as a minute
  expect(await ingest({ ...LEAD, email: 'd@example.com' }, '?wait=9999')).toMatchObject({
    body: { data: { status: 'ACTIVE' } },
  });
});

test.each(['abc', '-1', 'Infinity', '1s'])('?wait=%s is a 400, and nothing is stored', async (wait) => {
  const { trial, ingest } = await startDoors();
  expect(await ingest(LEAD, `?wait=${wait}`)).toMatchObject({ status: 400, body: { error: { code: 'INVALID_WAIT' } } });
  expect(trial.query('SELECT 1 FROM leads')).toEqual([]);
});

test('a burst of 1,000 single posts takes tens of requests to Smartlead', async () => {
  const { trial, ingest } = await startDoors();
  const answers = await Promise.all(
    Array.from({ length: 1000 }, (_, n) => ingest({ ...LEAD, email: `lead${n}@example.com` }, '?wait=60')),
  );
  expect(answers.filter(({ body }) => body.data?.status === 'ACTIVE')).toHaveLength(1000);
  expect(trial.memberships()).toHaveLength(1000);
  expect(trial.pushes().length).toBeLessThan(50);
});

test('many single posts over a second share requests, too: a batch gathers for a moment', async () => {
  const { trial, ingest } = await startDoors();
  const posts: Array<ReturnType<typeof ingest>> = [];
  for (let n = 0; n < 60; n++) {
    posts.push(ingest({ ...LEAD, email: `lead${n}@example.com` }));
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const answers = await Promise.all(posts);
  expect(answers.every(({ body }) => body.data?.status === 'ACTIVE')).toBe(true);
  expect(trial.pushes().length).toBeLessThan(20);
});
