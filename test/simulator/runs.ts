/** What a simulated process does: the product's own runs, from the lead to the settled push. */
import type { Lead } from '../../src/lead.js';
import { type LeadService, startLeadService } from '../../src/pipeline/lead-service.js';
import { type RetryFilter, retryHeld } from '../../src/pipeline/retry-held.js';
import { runPipeline } from '../../src/pipeline/run.js';
import { countHealth, type RunContext } from '../../src/pipeline/run-context.js';
import { takeIn } from '../../src/pipeline/take-in.js';
import { saveLeads } from '../../src/store/leads/leads.js';
import type { Run } from '../../src/store/log/runs.js';
import { liftEverything } from '../../src/store/queue/stops.js';
import { SimulatedProcess } from './process.js';
import type { Tenant, World } from './world.js';

const report = {
  pushing: () => undefined,
  settled: () => undefined,
  waiting: () => undefined,
  progress: () => undefined,
};
const MAX_WAIT_MS = 60_000;

function contextOf(process: SimulatedProcess, { name, config, decider }: Tenant): RunContext {
  const { store, clock } = process;
  const client = process.client(name);
  const key = { value: `key-of-${name}`, from: 'the simulator' };
  return {
    store,
    clock,
    config,
    decider,
    smartlead: { client, baseUrl: 'http://127.0.0.1', keyId: name, key, target: 'this machine' },
    push: true,
    dryRun: false,
    sandbox: false,
    maxWaitMs: MAX_WAIT_MS,
    stopping: new AbortController().signal,
    signal: () => undefined,
    report,
  };
}

async function begin(world: World, tenant: Tenant, what: string): Promise<SimulatedProcess> {
  const process = await SimulatedProcess.start(
    world,
    `${what}${world.processes.length} of ${tenant.name}`,
    tenant.decider,
  );
  world.processes.push(process);
  world.note(`${process.name} begins`);
  return process;
}

/** Whatever a run throws while its process lives is a failure of the product. */
async function toItsEnd(process: SimulatedProcess, running: Promise<unknown>): Promise<void> {
  try {
    await running;
    if (process.isAlive) process.world.note(`${process.name} ends`);
    process.end();
  } catch (error) {
    if (process.isAlive)
      process.world.guard(() => {
        throw error;
      });
  }
}

async function store(context: RunContext, run: Run, leads: readonly Lead[]) {
  const { decider, clock } = context;
  const options = { decider, runId: run.id, now: clock.now(), push: true, again: false, onExisting: 'update' } as const;
  const arrivals = leads.map((lead, line) => ({ lead, file: 'leads.csv', line }));
  return saveLeads(context.store, run, arrivals, (known, arrival, suppressedFor, repeated) =>
    takeIn(known, arrival, suppressedFor, options, repeated),
  );
}

/** `drason ingest` with these leads. */
export async function ingest(world: World, tenant: Tenant, leads: readonly Lead[]): Promise<SimulatedProcess> {
  const process = await begin(world, tenant, 'ingest');
  const context = contextOf(process, tenant);
  void toItsEnd(
    process,
    runPipeline(context, 'ingest', {}, async (run, progress, stored) => {
      const taken = await store(context, run, leads);
      for (const { email } of leads) world.given.set(email, { tenant });
      progress.rows = leads.length;
      for (const one of taken) {
        if (one === 'erased') progress.erased++;
        else if (one === 'duplicate') progress.duplicate++;
        else countHealth(progress, one.decision.health.classification);
      }
      await stored();
      return {};
    }),
  );
  return process;
}

const ALL_HELD: RetryFilter = {
  reason: undefined,
  runId: undefined,
  campaignId: undefined,
  emails: undefined,
  anyReason: false,
  includeRefused: false,
  now: false,
  limit: undefined,
};

/** `drason retry --held`. */
export async function retry(world: World, tenant: Tenant, filter: Partial<RetryFilter>): Promise<SimulatedProcess> {
  const process = await begin(world, tenant, 'retry');
  const context = contextOf(process, tenant);
  if (filter.now) await liftEverything(process.store, tenant.name);
  void toItsEnd(process, retryHeld(context, { ...ALL_HELD, ...filter }));
  return process;
}

/** `drason serve`; leads come to it by `take`. */
export async function serve(world: World, tenant: Tenant) {
  const process = await begin(world, tenant, 'serve');
  const context = contextOf(process, tenant);
  const failed = (error: unknown) => {
    if (process.isAlive)
      world.guard(() => {
        throw error;
      });
  };
  const smartlead = async () => context.smartlead;
  const service: LeadService = await startLeadService({ ...context, smartlead, report: { ...report, failed } });
  const take = async (leads: readonly Lead[]) => {
    await store(context, service.run, leads);
    for (const { email } of leads) world.given.set(email, { tenant });
  };
  return { process, take };
}
