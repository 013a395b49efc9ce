import BetterSqlite3 from 'better-sqlite3';
import { expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { type Clock, systemClock } from '../../src/clock.js';
import { makeAsk } from '../../src/delivery/ask-smartlead.js';
import { makeClient } from '../../src/smartlead/client.js';
import { LEASE_MS } from '../../src/store/queue/claims.js';
import { TOKEN_LIFE_MS } from '../../src/store/queue/rate-budget.js';
import { recoverAttempts } from '../../src/store/queue/settling.js';
import { KEY, queue, rows } from '../store/helper.js';
import { benchWith, startBench } from './helper.js';

const body = z.object({ lead_list: z.array(z.unknown()) });

/** The system's clock, until one of its faces is moved. */
function movable() {
  const ahead = { steady: 0, wall: 0 };
  const clock: Clock = {
    now: () => systemClock.now() + ahead.wall,
    steady: () => systemClock.steady() + ahead.steady,
    sleep: (ms, signal) => systemClock.sleep(ms, signal),
  };
  return { clock, ahead };
}

const outcomes = (bench: Awaited<ReturnType<typeof startBench>>) =>
  bench.store.db.prepare<[], string>('SELECT outcome FROM attempts ORDER BY id').pluck().all();

test.each(['steady', 'wall'] as const)(
  'a process that stood still (%s clock) between claim and socket writes nothing, and blames nobody',
  async (face) => {
    const { clock, ahead } = movable();
    const bench = await benchWith(10, { clock });
    let asked = 0;
    await bench.deliver({
      // the last thing before the request is made: what is seen at the claim is no longer true at the socket
      onRequest: () => {
        if (asked++ === 0) ahead[face] += LEASE_MS;
      },
    });
    expect(outcomes(bench)).toEqual(['too_late', 'evidence']);
    expect(bench.posts()).toHaveLength(1);
    expect(bench.states()).toEqual({ ACTIVE: 10 });
    expect([...rows(bench.store).values()].every(({ push_attempts }) => push_attempts === 1)).toBe(true);
  },
);

test('what others have taken over meanwhile is not sent by the one that wakes up', async () => {
  const { clock, ahead } = movable();
  const bench = await benchWith(10, { clock });
  let asked = 0;
  await bench.deliver({
    onRequest: () => {
      if (asked++ > 0) return;
      ahead.steady += LEASE_MS + 1;
      void recoverAttempts(bench.store);
    },
  });
  expect(bench.posts()).toHaveLength(1);
  expect(bench.states()).toEqual({ ACTIVE: 10 });
});

test('a request that has lost one of its leads, to the late answer to an earlier attempt, is not sent', async () => {
  const bench = await benchWith(10);
  let asked = 0;
  await bench.deliver({
    onRequest: () => {
      const late = "UPDATE leads SET status = 'ACTIVE', hold_reason = NULL, attempt_id = NULL WHERE seq = 1";
      if (asked++ === 0) bench.store.db.exec(late);
    },
  });
  expect(outcomes(bench)).toEqual(['too_late', 'evidence']);
  expect(body.parse(bench.posts()[0]?.body).lead_list).toHaveLength(9);
  expect(bench.states()).toEqual({ ACTIVE: 10 });
});

test('the bytes of a claim leave before the next claim is committed, though nothing holds that up', async () => {
  const bench = await benchWith(300);
  const seen: string[] = [];
  const client = makeClient(bench.sandbox.url, 'good-key', '1');
  await bench.deliver({
    client: {
      ...client,
      addLeads: (id, leads, mayWrite) =>
        client.addLeads(id, leads, () => {
          seen.push('written');
          return mayWrite();
        }),
    },
    report: { pushing: () => seen.push('claimed'), settled: () => undefined, waiting: () => undefined },
  });
  expect(seen).toEqual(['claimed', 'written', 'claimed', 'written', 'claimed', 'written']);
});

test('a look-up that stood still asks nothing with an old token', async () => {
  const { clock, ahead } = movable();
  const bench = await startBench({ clock });
  await queue(bench.store, bench.run, ['a@acme.com', 'b@acme.com'], {
    hold_reason: 'unknown',
    push_step: 'look_up',
    push_group: 1,
  });
  let asked = 0;
  await bench.deliver({
    onRequest: () => {
      if (asked++ === 0) ahead.steady += LEASE_MS;
    },
  });
  // the first of them never left: the roster is asked once, then the leads
  expect(bench.gets().length).toBe(asked - 1);
  expect(bench.posts()).toEqual([]);
});

test('a token outlives the lease and the time-out of the request that it was taken for', () => {
  expect(TOKEN_LIFE_MS).toBeGreaterThan(LEASE_MS + 30_000);
});

test("while the next claim waits for the lock, an earlier claim's bytes leave", async () => {
  const bench = await benchWith(20);
  const other = new BetterSqlite3(bench.store.path);
  onTestFinished(() => void other.close());
  let arrived = -1;
  await bench.deliver({
    batchSize: 10,
    report: {
      pushing() {
        if (arrived >= 0) return;
        arrived = 0;
        // another program holds the lock from the first claim on
        other.exec('BEGIN IMMEDIATE');
        setTimeout(() => {
          arrived = bench.requests.length;
          other.exec('COMMIT');
        }, 1000);
      },
      settled: () => undefined,
      waiting: () => undefined,
    },
  });
  expect(arrived).toBe(1);
  expect(bench.states()).toEqual({ ACTIVE: 20 });
});

test('a question that stood still before its bytes left (doctor) is asked again, with a right of its own', async () => {
  const { clock, ahead } = movable();
  const bench = await startBench({ clock });
  const client = makeClient(bench.sandbox.url, 'good-key', '1');
  const ask = makeAsk(bench.store, KEY, async () => [{ requests: 10, perMs: 2000 }], clock);
  let tries = 0;
  const result = await ask((mayWrite) => {
    if (tries++ === 0) ahead.steady += LEASE_MS;
    return client.campaigns(mayWrite);
  });
  expect(result.kind).toBe('answer');
  expect(tries).toBe(2);
  expect(bench.gets()).toEqual(['/campaigns']);
});
