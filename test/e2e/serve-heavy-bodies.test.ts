import { expect, test } from 'vitest';
import { RULES, WEBHOOK_SECRET } from '../helpers/doors.js';
import { createKey, startServe } from '../helpers/serve.js';
import { startTrial } from '../helpers/trial.js';

const keys = (count: number, from = 0) =>
  Object.fromEntries(Array.from({ length: count }, (_, n) => [`k${from + n}`, n]));
const leads = (count: number, more: (n: number) => object) =>
  Array.from({ length: count }, (_, n) => ({
    email: `lead${n}@example.com`,
    persona: 'VP Sales',
    lead_score: 85,
    ...more(n),
  }));

test('a body of very many fields is refused before it is read, whoever sends it and however they are packed', {
  timeout: 120_000,
}, async () => {
  const trial = await startTrial({ rules: RULES, rateLimit: null });
  const { key } = await createKey(trial);
  const serving = await startServe(trial, { env: { SMARTLEAD_WEBHOOK_SECRET: WEBHOOK_SECRET } });
  const event = (more: object) => JSON.stringify({ event_type: 'EMAIL_OPEN', to_email: 'a@example.com', ...more });
  const tooMany = { status: 400, body: { error: { code: 'TOO_MANY_FIELDS' } } };
  const events = [
    event(keys(300_000)),
    event(keys(49_000)),
    event({ data: JSON.stringify(keys(49_000)) }),
    event({ data: JSON.stringify(keys(200_000)) }),
    event({ list: Array.from({ length: 1_000_000 }, () => 1) }),
    event({ text: '%41'.repeat(1_500_000) }),
    event({ text: '\\u0041'.repeat(600_000) }),
    `[${'{},'.repeat(1_000_000)}{}]`,
  ];
  for (const body of events) {
    expect(await serving.post('/api/webhooks/smartlead', body, { 'x-smartlead-secret': WEBHOOK_SECRET })).toMatchObject(
      tooMany,
    );
  }
  const post = (body: unknown) => serving.post('/api/ingest?wait=0', body, { 'x-api-key': key });
  expect(await post(leads(1, () => keys(300_000)))).toMatchObject(tooMany);
  expect(await post(leads(1000, () => keys(300)))).toMatchObject(tooMany);
  expect(await post(leads(1000, (n) => keys(90, n * 90)))).toMatchObject(tooMany);
  expect(trial.query('SELECT 1 FROM leads')).toEqual([]);
  expect(await post(leads(1000, () => keys(50)))).toMatchObject({ status: 200 });
  const prose = event({ reply_body: 'Yes, of course, let us talk. '.repeat(20_000) });
  expect(await serving.post('/api/webhooks/smartlead', prose, { 'x-smartlead-secret': WEBHOOK_SECRET })).toMatchObject({
    status: 200,
  });
});
