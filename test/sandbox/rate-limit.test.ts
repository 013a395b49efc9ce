import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { SandboxAccount } from '../../src/sandbox/account.js';
import { startSandbox } from '../../src/sandbox/server.js';
import { get, KEY, open, post, tempDir } from './helper.js';

/** A clock that stands where it is put. */
function handClock(at: number) {
  return { now: () => at, steady: () => at, sleep: async () => {}, set: (to: number) => (at = to) };
}

describe('the sliding window', () => {
  it('never holds more than the limit, wherever it begins', () => {
    const clock = handClock(0);
    const account = new SandboxAccount(':memory:', clock);
    const limit = { requests: 10, windowMs: 2000 };
    const passed: number[] = [];
    for (let now = 0; now < 20_000; now += 37) {
      clock.set(now);
      if (account.takeRequest('k', limit).allowed) passed.push(now);
    }
    account.close();
    for (const start of passed) {
      expect(passed.filter((at) => at >= start && at < start + 2000).length).toBeLessThanOrEqual(10);
    }
    expect(passed.length).toBeGreaterThan(95);
  });

  it('says when there is room again, and starts anew after the machine has booted', () => {
    const clock = handClock(1_000_000);
    const account = new SandboxAccount(':memory:', clock);
    const limit = { requests: 2, windowMs: 2000 };
    expect(account.takeRequest('k', limit)).toEqual({ allowed: true, remaining: 1, waitMs: 0 });
    clock.set(1_000_500);
    expect(account.takeRequest('k', limit)).toEqual({ allowed: true, remaining: 0, waitMs: 1500 });
    expect(account.takeRequest('k', limit)).toEqual({ allowed: false, remaining: 0, waitMs: 1500 });
    expect(account.takeRequest('other', limit).allowed).toBe(true);
    clock.set(1_002_000);
    expect(account.takeRequest('k', limit).allowed).toBe(true);
    clock.set(5);
    expect(account.takeRequest('k', limit).allowed).toBe(true);
    account.close();
  });

  it('is 10 requests in 2 seconds over HTTP, for calls of every kind', async () => {
    const sandbox = await open({ rateLimit: { requests: 10, windowMs: 2000 } });
    const calls = await Promise.all([
      ...Array.from({ length: 4 }, () => get(sandbox, '/campaigns/')),
      ...Array.from({ length: 4 }, () => post(sandbox, {})),
      ...Array.from({ length: 4 }, () => get(sandbox, '/no/such/route')),
    ]);
    expect(calls.filter((answer) => answer.status === 429)).toHaveLength(2);
    const refused = await get(sandbox, '/campaigns/');
    expect(refused.status).toBe(429);
    expect(refused.json).toEqual({
      error: {
        code: 'RATE_LIMIT_EXCEEDED',
        message: 'Account rate limit exceeded. You have exceeded the 10 requests in 2 secs limit.',
        retry_after: expect.any(Number),
      },
    });
    const retryAfter = Number(refused.headers.get('retry-after'));
    expect([1, 2]).toContain(retryAfter);
    expect(refused.headers.get('x-ratelimit-limit')).toBe('10');
    expect(refused.headers.get('x-ratelimit-remaining')).toBe('0');
    expect(Math.abs(Number(refused.headers.get('x-ratelimit-reset')) - Date.now() / 1000)).toBeLessThan(4);
    expect((await get(sandbox, '/campaigns/', 'another-key')).status).toBe(200);
    await wait(retryAfter * 1000);
    expect((await get(sandbox, '/campaigns/')).status).toBe(200);
  });

  it('is there by default', async () => {
    const sandbox = await startSandbox();
    const answers = await Promise.all(Array.from({ length: 11 }, () => get(sandbox, '/campaigns')));
    await sandbox.close();
    expect(answers.filter((answer) => answer.status === 429)).toHaveLength(1);
  });

  it('can be taken away', async () => {
    const sandbox = await open({ rateLimit: null });
    const answers = await Promise.all(Array.from({ length: 30 }, () => get(sandbox, '/campaigns')));
    expect(answers.every((answer) => answer.status === 200)).toBe(true);
  });
});

describe('two servers on one account file', () => {
  const rateLimit = { requests: 10, windowMs: 2000 };

  it('share the members and the window, and do not write the key down', async () => {
    const accountFile = join(tempDir(), 'account.db');
    const one = await open({ accountFile, rateLimit });
    const two = await open({ accountFile, rateLimit });
    const body = { lead_list: [{ email: 'a@x.com' }] };
    const answers = await Promise.all(Array.from({ length: 16 }, (_, i) => post(i % 2 ? one : two, body)));
    const accepted = answers.filter((answer) => answer.status === 200);
    expect(accepted).toHaveLength(10);
    expect(accepted.reduce((sum, answer) => sum + Number(answer.json.total_leads), 0)).toBe(1);
    expect(two.account.memberships()).toMatchObject([{ email: 'a@x.com', attachments: 1, pushes: 10 }]);
    for (const file of [accountFile, `${accountFile}-wal`]) {
      expect(readFileSync(file).includes(KEY)).toBe(false);
    }
  });
});
