import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import type { Clock } from '../../src/clock.js';
import { loadRulesFile } from '../../src/config/load.js';
import { accessTo } from '../../src/pipeline/access.js';
import { makeDecider } from '../../src/pipeline/decide.js';
import { type LeadService, startLeadService } from '../../src/pipeline/lead-service.js';
import { endRun } from '../../src/store/log/runs.js';
import { until } from '../helpers/faults.js';
import { rulesFor, startTrial, type Trial } from '../helpers/trial.js';
import { addresses, newRun, newStore, queue } from '../store/helper.js';

const MINUTE = 60_000;

/** A clock that the test moves on; who sleeps wakes when the time has come. */
class HandClock implements Clock {
  #passed = 0;
  readonly #sleeping = new Set<{ until: number; wake: () => void }>();
  now = () => Date.parse('2026-01-01T00:00:00.000Z') + this.#passed;
  steady = () => 9_000_000 + this.#passed;
  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const sleeper = {
        until: this.#passed + ms,
        wake: () => {
          this.#sleeping.delete(sleeper);
          signal?.removeEventListener('abort', sleeper.wake);
          resolve();
        },
      };
      if (ms <= 0 || signal?.aborted) return resolve();
      this.#sleeping.add(sleeper);
      signal?.addEventListener('abort', sleeper.wake);
    });
  }
  /** Lets time pass, a second at a time, with a moment for what it brings about. */
  async pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= 1000) {
      this.#passed += Math.min(1000, left);
      for (const sleeper of [...this.#sleeping]) if (sleeper.until <= this.#passed) sleeper.wake();
      await wait(2);
    }
  }
}

const RULES = rulesFor([
  ['A', '123456'],
  ['B', '123457'],
]);

/** A service on a real store and a real stand-in, with a clock that the test moves. */
async function startService(trial: Trial, options: { hasKey?: () => boolean } = {}) {
  const clock = new HandClock();
  const store = await newStore(clock, join(trial.dir, 'trial.db'));
  const [config] = loadRulesFile(join(trial.dir, 'rules.yaml')).organizations.values();
  if (!config) throw new Error('no organization');
  const failures: unknown[] = [];
  let service: LeadService | undefined;
  const start = async () => {
    service = await startLeadService({
      store,
      clock,
      config,
      decider: makeDecider(config),
      smartlead: async () =>
        (options.hasKey?.() ?? true)
          ? accessTo(trial.sandbox.url, { value: 'service-key-1', from: 'the test' })
          : 'no Smartlead key',
      report: {
        pushing: () => undefined,
        settled: () => undefined,
        waiting: () => undefined,
        failed: (error) => failures.push(error),
      },
    });
    return service;
  };
  onTestFinished(async () => {
    await service?.stop();
    expect(failures).toEqual([]);
  });
  let taken = 0;
  const take = (service_: LeadService, persona = 'A', email = `lead${taken++}@example.com`) =>
    service_.take([{ lead: { email, persona, lead_score: 1, custom_fields: {} }, file: 'test', line: 1 }]);
  return { clock, store, start, take };
}

test('a stopped key is tried with one request each minute; when it is good again all its leads go', async () => {
  let good = false;
  const trial = await startTrial({ rules: RULES, rateLimit: null, acceptKey: () => good });
  const { clock, start, take } = await startService(trial);
  const service = await start();
  await take(service);
  expect(await until(() => trial.states()['HELD auth'] === 1)).toBe(true);
  // more leads find the key stopped, and cost no request
  for (let n = 0; n < 5; n++) await take(service, n % 2 === 0 ? 'A' : 'B');
  await wait(400);
  await clock.pass(5000);
  expect(trial.states()).toEqual({ 'HELD auth': 6 });
  expect(trial.requests).toHaveLength(1);
  expect((await service.problems()).join()).toMatch(/^Smartlead refuses the key: 401 /);

  await clock.pass(MINUTE);
  expect(await until(() => trial.requests.length === 2)).toBe(true);
  await clock.pass(30_000);
  expect(trial.requests).toHaveLength(2);
  expect(trial.states()).toEqual({ 'HELD auth': 6 });

  good = true;
  await clock.pass(MINUTE);
  expect(await until(() => trial.states().ACTIVE !== undefined)).toBe(true);
  await clock.pass(3000);
  expect(await until(() => trial.states().ACTIVE === 6)).toBe(true);
  expect(await service.problems()).toEqual([]);
});

test('a key that is set while the service runs is found within a minute; until then leads are stored and held', async () => {
  const trial = await startTrial({ rules: RULES, rateLimit: null });
  let hasKey = false;
  const { clock, start, take } = await startService(trial, { hasKey: () => hasKey });
  const service = await start();
  for (let n = 0; n < 3; n++) await take(service);
  expect(await until(() => trial.states()['HELD auth'] === 3)).toBe(true);
  expect(await service.problems()).toEqual(['no Smartlead key']);
  await clock.pass(MINUTE);
  expect(trial.requests).toEqual([]);
  hasKey = true;
  await clock.pass(MINUTE);
  expect(await until(() => trial.states().ACTIVE === 3)).toBe(true);
  expect(await service.problems()).toEqual([]);
});

test('a campaign that is missing is tried with one request each minute; when it is there all its leads go', async () => {
  const trial = await startTrial({ rules: RULES, rateLimit: null, campaigns: ['123456'] });
  const { clock, start, take } = await startService(trial);
  const service = await start();
  for (let n = 0; n < 4; n++) await take(service, 'B');
  expect(await until(() => trial.states()['HELD campaign_not_found'] === 4)).toBe(true);
  expect(trial.requests).toHaveLength(1);
  await clock.pass(MINUTE);
  expect(await until(() => trial.requests.length === 2)).toBe(true);
  await clock.pass(20_000);
  expect(trial.requests).toHaveLength(2);

  trial.sandbox.account.ensureCampaigns(['123457']);
  await clock.pass(MINUTE);
  expect(await until(() => (trial.states().ACTIVE ?? 0) >= 1)).toBe(true);
  await clock.pass(3000);
  expect(await until(() => trial.states().ACTIVE === 4)).toBe(true);
  expect(trial.memberships()).toHaveLength(4);
});

test('what stays stopped is tried ever more rarely, with one lead each time', async () => {
  const trial = await startTrial({ rules: RULES, rateLimit: null, campaigns: ['123456'] });
  const { clock, start, take } = await startService(trial);
  const service = await start();
  for (let n = 0; n < 4; n++) await take(service, 'B');
  expect(await until(() => trial.states()['HELD campaign_not_found'] === 4)).toBe(true);
  await clock.pass(10 * MINUTE);
  // after some 1, 2, 4 and 8 minutes
  expect(trial.requests.length - 1).toBeGreaterThanOrEqual(3);
  expect(trial.requests.length - 1).toBeLessThanOrEqual(4);
});

test('posts without end keep nothing else waiting: stops are tried again, and leads of ended runs are taken up', async () => {
  const trial = await startTrial({ rules: RULES, rateLimit: null, campaigns: ['123456'], latencyMs: 60 });
  const { clock, store, start, take } = await startService(trial);
  const service = await start();
  await take(service, 'B', 'stopped@example.com');
  expect(await until(() => trial.states()['HELD campaign_not_found'] === 1)).toBe(true);
  trial.sandbox.account.ensureCampaigns(['123457']);
  const ended = await newRun(store);
  await queue(store, ended, ['left@example.com'], { assigned_campaign_id: '123456' });
  store.db.prepare("UPDATE leads SET persona = 'A' WHERE email = 'left@example.com'").run();
  await endRun(store, ended, 0, {});

  const state = (email: string) =>
    trial.query<{ s: string }>('SELECT status AS s FROM leads WHERE email = ?', email)[0]?.s;
  // every request is under way while the next lead comes, and each lead lingers when the next one comes
  for (let n = 0; n < 60 && state('stopped@example.com') !== 'ACTIVE'; n++) {
    await take(service);
    await wait(40);
    await clock.pass(2000);
  }
  expect(state('left@example.com')).toBe('ACTIVE');
  expect(state('stopped@example.com')).toBe('ACTIVE');
});

test('a push that failed goes again when it is due', async () => {
  const trial = await startTrial({ rules: RULES, rateLimit: null, faults: ({ n }) => (n === 0 ? '500' : undefined) });
  const { clock, start, take } = await startService(trial);
  const service = await start();
  await take(service);
  expect(await until(() => trial.states()['HELD unknown'] === 1)).toBe(true);
  const [{ due } = { due: '' }] = trial.query<{ due: string }>('SELECT next_attempt_at AS due FROM leads');
  const left = Date.parse(due) - clock.now();
  expect(left).toBeGreaterThan(1000);
  await clock.pass(left - 1000);
  await wait(300);
  expect(trial.pushes()).toHaveLength(1);
  await clock.pass(8000);
  expect(await until(() => trial.states().ACTIVE === 1)).toBe(true);
});

test('due leads of a run that has ended are pushed, by the rules of today', async () => {
  const trial = await startTrial({ rules: RULES, rateLimit: null });
  const { store, start } = await startService(trial);
  const run = await newRun(store);
  await queue(store, run, addresses(150), { assigned_campaign_id: '999' });
  store.db.prepare("UPDATE leads SET persona = 'B'").run();
  await endRun(store, run, 0, {});
  await start();
  expect(await until(() => trial.states().ACTIVE === 150)).toBe(true);
  expect(new Set(trial.memberships().map((place) => place.split(' ')[0]))).toEqual(new Set(['123457']));
});

test('leads of a run whose process lives are left to it', async () => {
  const trial = await startTrial({ rules: RULES, rateLimit: null });
  const { clock, store, start } = await startService(trial);
  await queue(store, await newRun(store), addresses(3), { assigned_campaign_id: '123456' });
  await start();
  await clock.pass(15 * MINUTE);
  expect(trial.requests).toEqual([]);
});

test('leads of a run in another container, of which nobody can say whether it lives, are taken up after a while', async () => {
  const trial = await startTrial({ rules: RULES, rateLimit: null });
  const { clock, store, start } = await startService(trial);
  await queue(store, await newRun(store), addresses(3), { assigned_campaign_id: '123456' });
  store.db.prepare("UPDATE leads SET persona = 'A'").run();
  store.db.prepare("UPDATE runs SET host = 'a-container-that-is-gone'").run();
  await start();
  await clock.pass(9 * MINUTE);
  expect(trial.requests).toEqual([]);
  await clock.pass(2 * MINUTE);
  expect(await until(() => trial.states().ACTIVE === 3)).toBe(true);
});

test('a database that belongs to Smartlead is refused at the start when the base URL points to this machine', async () => {
  const trial = await startTrial({ rules: RULES });
  const { store, start } = await startService(trial);
  store.db.prepare("INSERT INTO about (key, value) VALUES ('target', 'smartlead')").run();
  const run = await newRun(store);
  await queue(store, run, addresses(1), { assigned_campaign_id: '123456', next_attempt_at: null });
  store.db
    .prepare(
      `INSERT INTO attempts (organization_id, run_seq, key_id, campaign_id, step, lead_count, host, boot_id, pid,
         process_started, claimed_at, lease_until, lease_steady, outcome)
       VALUES ('default', 1, 'k', '1', 'push', 1, 'h', 'b', 1, 's', '', '', 0, 'evidence')`,
    )
    .run();
  await expect(start()).rejects.toThrow(/holds leads of Smartlead, and the base URL points to this machine/);
});
