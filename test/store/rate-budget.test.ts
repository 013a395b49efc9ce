import fc from 'fast-check';
import { expect, test } from 'vitest';
import { rateLimit } from '../../src/config/schema.js';
import type { StoreContext } from '../../src/store/engine/context.js';
import { write } from '../../src/store/engine/context.js';
import { closeStore, openScratchStore } from '../../src/store/engine/open.js';
import {
  giveBack,
  type RateWindow,
  recentRequests,
  type TokenAnswer,
  takeToken,
  takeTokenNow,
  takeTokenToProbe,
} from '../../src/store/queue/rate-budget.js';
import { setStop } from '../../src/store/queue/stops.js';
import { DAY, HOUR, KEY, MINUTE, newStore, TestClock } from './helper.js';

const take = (store: StoreContext, windows: readonly RateWindow[], keyId = KEY): TokenAnswer =>
  write(store, () => takeTokenNow(store, keyId, windows));

/**
 * One request: the right to send it was given at `taken` by these windows, it was at the server at some time up to
 * `answered`.
 */
interface Sent {
  windows: readonly RateWindow[];
  token: number;
  taken: number;
  answered: number;
}

/** What happens next: somebody asks for a token, or time passes, or the wall clock steps. */
const event = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('take' as const),
      second: fc.boolean(),
      latency: fc.integer({ min: 0, max: 3000 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 900 }) }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('step' as const), ms: fc.constantFrom(HOUR, -HOUR, 40 * DAY, -40 * DAY) }),
  },
);
const someWindows = fc.array(
  fc.record({ requests: fc.integer({ min: 1, max: 6 }), perMs: fc.integer({ min: 50, max: 4000 }) }),
  { minLength: 1, maxLength: 3 },
);

/** How many of these requests a window can have held at the server that ends with the start of the last. */
function held(sent: readonly Sent[], perMs: number): number {
  const end = sent.at(-1)?.taken ?? 0;
  return sent.filter(({ answered }) => answered > end - perMs).length;
}

test('whatever is asked for and however late answers come, no window of who asks ever holds more than it may', async () => {
  await fc.assert(
    fc.asyncProperty(
      someWindows,
      someWindows,
      fc.array(event, { minLength: 5, maxLength: 60 }),
      async (first, second, events) => {
        const clock = new TestClock();
        const store = await openScratchStore(clock);
        const sent: Sent[] = [];
        const open: Sent[] = [];
        const answerUpTo = async (time: number) => {
          for (const request of open.filter(({ answered }) => answered <= time)) {
            open.splice(open.indexOf(request), 1);
            await giveBack(store, request.token);
          }
        };
        const pass = async (ms: number) => {
          const end = clock.steady() + ms;
          // each answer is noted when it comes, not when somebody next looks
          for (const { answered } of [...open].sort((a, b) => a.answered - b.answered)) {
            if (answered > end) break;
            clock.pass(Math.max(0, answered - clock.steady()));
            await answerUpTo(answered);
          }
          clock.pass(end - clock.steady());
        };
        for (const next of events) {
          if (next.kind === 'pass') await pass(next.ms);
          else if (next.kind === 'step') clock.step(next.ms);
          else {
            const windows = next.second ? second : first;
            const answer = take(store, windows);
            const taken = clock.steady();
            if (answer.token === undefined) expect(answer.waitMs).toBeGreaterThan(0);
            else {
              const request = { windows, token: answer.token, taken, answered: taken + next.latency };
              sent.push(request);
              open.push(request);
              await answerUpTo(taken);
            }
          }
        }
        for (const [place, { windows }] of sent.entries()) {
          const before = sent.slice(0, place + 1);
          for (const { requests, perMs } of windows) expect(held(before, perMs)).toBeLessThanOrEqual(requests);
        }

        // and it goes on: once all is answered, the wait that is named is enough
        await pass(3000);
        for (let tries = 0; ; tries++) {
          const answer = take(store, first);
          if (answer.token !== undefined) break;
          expect(tries).toBeLessThan(first.length + 1);
          clock.pass(answer.waitMs);
        }
        closeStore(store);
      },
    ),
    { numRuns: 150 },
  );
});

test('a whole window is used: what is allowed comes at once, and again as soon as it may', async () => {
  const clock = new TestClock();
  const store = await newStore(clock);
  const windows = [{ requests: 10, perMs: 2000 }];
  for (let round = 0; round < 3; round++) {
    for (let n = 0; n < 10; n++) {
      const { token } = take(store, windows);
      expect(token).toBeDefined();
      await giveBack(store, token ?? 0);
    }
    const { waitMs } = take(store, windows);
    expect(waitMs).toBe(2001);
    clock.pass(waitMs ?? 0);
  }
});

test('every window counts, not only the shortest', async () => {
  const clock = new TestClock();
  const store = await newStore(clock);
  const windows = [
    { requests: 2, perMs: 1000 },
    { requests: 3, perMs: HOUR },
  ];
  for (let n = 0; n < 3; n++) {
    const { token } = take(store, windows);
    await giveBack(store, token ?? 0);
    clock.pass(600);
  }
  const { waitMs } = take(store, windows);
  expect(waitMs).toBeGreaterThan(HOUR - 2000);
});

test('each key has a budget of its own', async () => {
  const store = await newStore();
  const windows = [{ requests: 1, perMs: 1000 }];
  expect(take(store, windows, 'a').token).toBeDefined();
  expect(take(store, windows, 'b').token).toBeDefined();
  expect(take(store, windows, 'a').token).toBeUndefined();
});

test('requests whose process is gone count as answered when that is found, not before', async () => {
  const clock = new TestClock();
  const store = await newStore(clock);
  const windows = [{ requests: 2, perMs: 2000 }];
  take(store, windows);
  take(store, windows);
  clock.pass(10_000);
  expect(take(store, windows).waitMs).toBe(25);
  // a number that no process has
  store.db.exec('UPDATE rate_tokens SET pid = 4194305');
  expect(take(store, windows).waitMs).toBe(2001);
  clock.pass(2001);
  expect(take(store, windows).token).toBeDefined();
});

test('a request that nobody ever answers is given up after three minutes', async () => {
  const clock = new TestClock();
  const store = await newStore(clock);
  const windows = [{ requests: 1, perMs: 2000 }];
  take(store, windows);
  clock.pass(180_000);
  expect(take(store, windows).waitMs).toBe(25);
  clock.pass(1);
  expect(take(store, windows).waitMs).toBe(2001);
});

test.each([0, HOUR, -HOUR, 40 * DAY, -40 * DAY])(
  'after the machine has started again, with its clock off by %i ms, the limit holds and work goes on within a window',
  async (step) => {
    const clock = new TestClock();
    const store = await newStore(clock);
    const windows = [{ requests: 2, perMs: 60_000 }];
    for (const answer of [take(store, windows), take(store, windows)]) await giveBack(store, answer.token ?? 0);
    store.db.exec("UPDATE rate_tokens SET boot_id = 'an earlier boot'");
    clock.step(step);
    const { waitMs = 0 } = take(store, windows);
    expect(waitMs).toBeLessThanOrEqual(60_001);
    if (step <= 0) expect(waitMs).toBeGreaterThan(0);
    clock.pass(waitMs);
    expect(take(store, windows).token).toBeDefined();
  },
);

test('what was asked for before the machine started again counts for a longer window, by its age', async () => {
  const clock = new TestClock();
  const store = await newStore(clock);
  const short = [{ requests: 5, perMs: 1000 }];
  for (let n = 0; n < 3; n++) {
    await giveBack(store, take(store, short).token ?? 0);
    clock.pass(20 * MINUTE);
  }
  store.db.exec("UPDATE rate_tokens SET boot_id = 'an earlier boot'");
  const hour = [{ requests: 2, perMs: HOUR }];
  expect(await recentRequests(store, KEY, hour)).toEqual([HOUR, 40 * MINUTE, 20 * MINUTE]);
  expect(take(store, hour).waitMs).toBe(20 * MINUTE + 1);
  store.db.exec("UPDATE rate_tokens SET boot_id = '~ another boot'");
  expect(take(store, hour).waitMs).toBe(20 * MINUTE + 1);
});

test('a window that is made longer counts what was asked for before, and so does the longer one of another organization', async () => {
  const clock = new TestClock();
  const store = await newStore(clock);
  const short = [{ requests: 10, perMs: 2000 }];
  for (let n = 0; n < 50; n++) {
    await giveBack(store, take(store, short).token ?? 0);
    clock.pass(MINUTE);
  }
  const longer = [...short, { requests: 30, perMs: HOUR }];
  // the hour has room again when the 30th from the end has left it
  expect(take(store, longer).waitMs).toBe(HOUR - 30 * MINUTE + 1);
  expect(take(store, short).token).toBeDefined();
});

test('the longest window that a rules file can have counts everything it holds', async () => {
  expect(rateLimit.safeParse([{ requests: 1, per: '1441m' }]).success).toBe(false);
  const day = rateLimit.parse([{ requests: 1, per: '1d' }]);
  const clock = new TestClock();
  const store = await newStore(clock);
  const short = [{ requests: 10, perMs: 2000 }];
  await giveBack(store, take(store, short).token ?? 0);
  clock.pass(DAY);
  await giveBack(store, take(store, short, 'another key').token ?? 0);
  expect(take(store, day).waitMs).toBe(1);
  clock.pass(1);
  expect(take(store, day).token).toBeDefined();
});

test('what no window can count any more goes, whatever its key, and no single request has to wait for that', async () => {
  const clock = new TestClock();
  const store = await newStore(clock);
  const windows = [{ requests: 1000, perMs: 1000 }];
  for (let n = 0; n < 500; n++) {
    const { token } = take(store, windows, 'a key of the past');
    if (n % 10 > 0) await giveBack(store, token ?? 0);
  }
  const kept = () => store.db.prepare<[], number>('SELECT count(*) FROM rate_tokens').pluck().get();
  clock.pass(2 * DAY);
  take(store, windows);
  expect(kept()).toBeGreaterThan(450);
  for (let n = 0; n < 30; n++) take(store, windows);
  expect(kept()).toBe(31);
});

test('a stopped key gives no token to those who claim nothing either', async () => {
  const store = await newStore();
  const windows = [{ requests: 5, perMs: 1000 }];
  setStop(store, KEY, { campaignId: '1', reason: 'campaign_not_found', message: '', forMs: null });
  expect(await takeToken(store, KEY, windows)).toHaveProperty('token');
  setStop(store, KEY, { campaignId: '', reason: 'auth', message: 'no', forMs: null });
  expect(await takeToken(store, KEY, windows)).toMatchObject({ stopped: { reason: 'auth' } });
});

test('a request that finds out how the key is goes though the key is stopped, but not into a pause', async () => {
  const clock = new TestClock();
  const store = await newStore(clock);
  const windows = [{ requests: 1, perMs: 1000 }];
  setStop(store, KEY, { campaignId: '', reason: 'auth', message: '', forMs: null });
  const first = await takeTokenToProbe(store, KEY, windows);
  expect(first).toEqual({ token: expect.any(Number) });
  clock.pass(100);
  await giveBack(store, first.token ?? 0);
  expect(await takeTokenToProbe(store, KEY, windows)).toEqual({ waitMs: 1001 });
  setStop(store, KEY, { campaignId: '', reason: 'rate_limit', message: '', forMs: 7000 });
  expect(await takeTokenToProbe(store, KEY, windows)).toEqual({ waitMs: 7000 });
});

test('what the windows hold is told by age, oldest first; a request without an answer is the youngest', async () => {
  const clock = new TestClock();
  const store = await newStore(clock);
  const windows = [{ requests: 10, perMs: 60_000 }];
  expect(await recentRequests(store, KEY, windows)).toEqual([]);
  for (const pause of [3000, 2000, 1000]) {
    const { token } = take(store, windows);
    await giveBack(store, token ?? 0);
    clock.pass(pause);
  }
  take(store, windows);
  take(store, windows, 'another key');
  expect(await recentRequests(store, KEY, windows)).toEqual([6000, 3000, 1000, 0]);
  clock.step(-HOUR);
  expect(await recentRequests(store, KEY, windows)).toEqual([6000, 3000, 1000, 0]);
  expect(await recentRequests(store, KEY, [{ requests: 10, perMs: 2000 }])).toEqual([1000, 0]);
});
