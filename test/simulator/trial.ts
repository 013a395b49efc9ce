import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isoTime } from '../../src/clock.js';
import { liftEverything } from '../../src/store/queue/stops.js';
import { act, newLeads } from './actions.js';
import { judgeEnd, judgeRequest, judgeStore } from './invariants.js';
import type { SimulatedProcess } from './process.js';
import { ingest, retry, serve } from './runs.js';
import { isGood } from './server.js';
import { Broken, World } from './world.js';

/** Where files are kept in memory, on Linux. */
const MEMORY = '/dev/shm';
const MINUTE_MS = 60_000;
/** So long a run may take when Smartlead is well. */
const LONGEST_RUN_MS = 30 * MINUTE_MS;
/** So many retries must be enough to bring everything home. */
const ROUNDS = 30;
/** So soon a service must have pushed what comes in, whatever other campaigns do. */
const SERVICE_MS = 220_000;
/** A service has begun its work by then. */
const SETTLING_IN_MS = 8_000;
const TRACE_LINES = 40;
const TEST = {
  short: 'test/simulator',
  long: '--config vitest.soak.config.ts test/soak/simulator',
};

export interface Figures {
  requests: number;
  leads: number;
  processes: number;
  virtualMs: number;
}

function stopIfBroken({ broken }: World): void {
  if (broken) throw broken;
}

async function finish(world: World, process: SimulatedProcess): Promise<void> {
  await world.time.pass(LONGEST_RUN_MS, () => !process.isAlive || world.broken !== undefined);
  stopIfBroken(world);
  if (process.isAlive) throw new Broken(`${process.name} does not end`);
}

/** All faults end; processes of before are gone. One campaign of the first tenant may go on failing for good. */
function calm(world: World, failing: string | undefined): void {
  for (const process of world.processes) process.kill('at the end of the trial');
  world.isOffline = false;
  for (const tenant of world.tenants) {
    Object.assign(tenant.account, { faults: 0, lies: 0, key: 'well', credits: Number.POSITIVE_INFINITY });
    for (const [id, campaign] of tenant.account.campaigns) campaign.condition = id === failing ? 'failing' : 'well';
    world.changeRules(tenant, [0, 1, 2], false);
  }
  world.note('all is well again');
}

/** While one campaign fails, a service pushes what comes in for another within minutes. */
async function serveBesideFailure(world: World): Promise<void> {
  const [tenant] = world.tenants;
  if (!tenant) return;
  await liftEverything(world.store, tenant.name);
  const { process, take } = await serve(world, tenant);
  await world.time.pass(SETTLING_IN_MS);
  const fresh = newLeads(world, 15, 0).map((lead) => ({ ...lead, persona: 'cfo' }));
  await take(fresh);
  const state = world.store.db
    .prepare<[string], string>("SELECT status || ' ' || coalesce(hold_reason, '') FROM leads WHERE email = ?")
    .pluck();
  const late = () => fresh.filter(({ email }) => state.get(email)?.startsWith('HELD'));
  await world.time.pass(SERVICE_MS, () => late().length === 0 || world.broken !== undefined);
  stopIfBroken(world);
  const [starved] = late();
  if (starved)
    throw new Broken(`${starved.email} waits for more than ${SERVICE_MS / 1000} s: ${state.get(starved.email)}`);
  process.kill('when it has shown that nobody starves');
}

/** Retries by hand until every good lead has got where it belongs. */
async function bringHome(world: World, failing: string | undefined): Promise<void> {
  for (let round = 0; round < ROUNDS; round++) {
    for (const tenant of world.tenants) {
      // life goes on: that others are answered well shows which leads are bad
      const fresh = newLeads(world, 2, 0).map((lead) => ({ ...lead, persona: round % 2 ? 'cto' : 'cfo' }));
      await finish(world, await ingest(world, tenant, fresh));
      await finish(world, await retry(world, tenant, { now: true, ...(round % 3 === 2 ? { reason: 'gave_up' } : {}) }));
    }
    await world.time.pass(MINUTE_MS);
    const held = world.store.db
      .prepare<[string], string>(
        "SELECT email FROM leads WHERE status = 'HELD' AND hold_reason != 'refused' AND assigned_campaign_id != ?",
      )
      .pluck()
      .all(failing ?? '');
    if (!held.some(isGood)) break;
  }
  judgeEnd(world, failing);
}

/** Between two things that happen. A service looks for work each second, which takes real time, too. */
const WAITS = [10, 300, 2_000, 15_000, 90_000] as const;
const BUSY_WAITS = [10, 10, 300, 300, 2_000, 2_000, 2_000, 15_000, 15_000, 130_000] as const;
const isServing = ({ processes }: World) => processes.some(({ isAlive, name }) => isAlive && name.startsWith('serve'));

async function play(world: World, length: Length): Promise<void> {
  const { dice, time } = world;
  await world.open((process, tenant, request) => judgeRequest(world, process, tenant, request));
  let judgedAt = '';
  time.afterEach = () => {
    if (!world.hasChanged()) return;
    world.guard(() => judgeStore(world, judgedAt));
    judgedAt = isoTime(time.faces.now());
  };
  const [fewest, most] = ACTIONS[length];
  for (let left = dice.between(fewest, most); left > 0; left--) {
    await act(world);
    const isBroken = () => world.broken !== undefined;
    await time.pass(dice.pick(isServing(world) ? BUSY_WAITS : WAITS), isBroken);
    stopIfBroken(world);
  }
  const failing = dice.chance(0.3) ? '11' : undefined;
  calm(world, failing);
  await time.pass(1000);
  if (failing !== undefined) await serveBesideFailure(world);
  await bringHome(world, failing);
  stopIfBroken(world);
}

/** How much happens in a trial. */
export type Length = 'short' | 'long';
const ACTIONS = { short: [2, 6], long: [4, 20] } as const;

/** Plays one seed. Throws, with the seed and the last that happened, when an invariant breaks. */
export async function trial(seed: number, length: Length): Promise<Figures> {
  const dir = mkdtempSync(join(existsSync(MEMORY) ? MEMORY : tmpdir(), 'drason-simulator-'));
  const world = new World(seed, dir);
  const { random } = Math;
  Math.random = world.dice.next;
  const giveBack = world.time.takeOver();
  try {
    await play(world, length);
    const { requests, given, processes, time } = world;
    return { requests, leads: given.size, processes: processes.length, virtualMs: time.ms };
  } catch (error) {
    const why = error instanceof Broken ? error.message : error instanceof Error ? error.stack : String(error);
    const trace = world.trace(Number(process.env.SIMULATOR_LINES ?? TRACE_LINES));
    throw new Error(
      `seed ${seed}: ${why}\n(to play it again: SIMULATOR_SEED=${seed} npx vitest run ${TEST[length]})\n${trace}`,
    );
  } finally {
    giveBack();
    Math.random = random;
    world.close();
    rmSync(dir, { recursive: true, force: true });
  }
}
