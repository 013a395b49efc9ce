/** Whoever proves nothing learns nothing: not which organizations there are, nor which of them has a secret. */
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { CLAY_SECRET, startDoors, WEBHOOK_SECRET } from '../helpers/doors.js';

const RULES = `organizations:
  open: { clay: { secret_env: CLAY_WEBHOOK_SECRET }, smartlead: { webhook_secret_env: SMARTLEAD_WEBHOOK_SECRET }, rules: [{ persona: "*", target_campaign_id: "1" }] }
  unset: { clay: { secret_env: MISSING }, smartlead: { webhook_secret_env: MISSING }, rules: [{ persona: "*", target_campaign_id: "1" }] }
  none: { rules: [{ persona: "*", target_campaign_id: "1" }] }
`;

test('an unproven request gets the same answer for every organization, known or not, with a secret or without', async () => {
  const doors = await startDoors({
    rules: RULES,
    env: { CLAY_WEBHOOK_SECRET: CLAY_SECRET, SMARTLEAD_WEBHOOK_SECRET: WEBHOOK_SECRET },
  });
  const lead = '{"email":"a@example.com"}';
  const bodies = [lead, new Uint8Array(gzipSync(lead)), 'no json', '['.repeat(1000), `{"secret_key":"wrong"}`];
  const proofs = [{}, { 'x-clay-secret': 'wrong', 'x-smartlead-secret': 'wrong' }];
  const signed = { 'x-clay-signature': '00', 'x-smartlead-signature': 'sha256=00' };
  const answers = new Set<string>();
  for (const path of ['/api/ingest/clay', '/api/webhooks/smartlead']) {
    for (const organization of ['open', 'unset', 'none', 'unknown', '']) {
      for (const body of bodies) {
        for (const proof of [...proofs, signed]) {
          for (const packed of [{}, { 'content-encoding': 'gzip' }]) {
            const headers = { 'content-type': 'application/json', ...proof, ...packed };
            const answer = await doors.app.request(
              `${path}?orgId=${organization}`,
              { method: 'POST', headers, body },
              {},
            );
            const told = [...answer.headers].filter(([name]) => name !== 'x-request-id');
            answers.add(JSON.stringify([answer.status, told, await answer.text()]));
          }
        }
      }
    }
  }
  const [only, ...others] = answers;
  expect(others).toEqual([]);
  expect(only).toMatch(/^\[401,/);
});
