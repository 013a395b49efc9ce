import { expect, test } from 'vitest';
import { erasePerson } from '../../src/store/leads/forget.js';
import { settleAttempt } from '../../src/store/queue/settling.js';
import { claimed, KEY, newRun, newStore, queue, rows, settledAs, settlement } from './helper.js';

const JANE = 'jane@acme.com';

test('a lead that is in flight is not erased, though it was claimed after somebody looked', async () => {
  const store = await newStore();
  const run = await newRun(store);
  await queue(store, run, [JANE]);
  const claim = await claimed(store, run);
  expect(await erasePerson(store, 'default', JANE)).toBe(false);
  expect(rows(store).size).toBe(1);
  await settleAttempt(
    store,
    run,
    KEY,
    claim,
    settlement(claim.leads.map((lead) => settledAs(lead, { status: 'ACTIVE' }))),
  );
  expect(await erasePerson(store, 'default', JANE)).toBe(true);
  expect(rows(store).size).toBe(0);
  expect(store.db.prepare('SELECT * FROM memberships').all()).toEqual([]);
});

test('what a webhook said of a person goes, however it spells the address', async () => {
  const store = await newStore();
  const jörg = 'jörg@xn--mller-kva.de';
  const bodies = [
    '{"to":"JÖRG@XN--MLLER-KVA.DE"}',
    '{"to":"Jörg@Müller.de"}',
    '{"to":"j\\u00f6rg\\u0040m\\u00FCller.de"}',
    '{"to":"other@acme.com"}',
  ];
  for (const [n, body] of bodies.entries()) {
    store.db
      .prepare(
        'INSERT INTO webhook_events (organization_id, delivery_id, body_hash, body, received_at) VALUES (?, ?, ?, ?, ?)',
      )
      .run('default', '', String(n), body, '2025');
  }
  await erasePerson(store, 'default', jörg);
  expect(store.db.prepare<[], string>('SELECT body FROM webhook_events ORDER BY id').pluck().all()).toEqual([
    '{}',
    '{}',
    '{}',
    '{"to":"other@acme.com"}',
  ]);
});
