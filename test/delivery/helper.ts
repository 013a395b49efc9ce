import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import { type Clock, systemClock } from '../../src/clock.js';
import { Breaker } from '../../src/delivery/breaker.js';
import { type Delivery, type DeliveryEnd, deliver } from '../../src/delivery/deliver.js';
import { Nudge } from '../../src/delivery/nudge.js';
import type { PushSettings } from '../../src/delivery/sender.js';
import type { Fault } from '../../src/sandbox/faults.js';
import {
  type RequestRecord,
  type RunningSandbox,
  type SandboxOptions,
  startSandbox,
} from '../../src/sandbox/server.js';
import { makeClient } from '../../src/smartlead/client.js';
import type { StoreContext } from '../../src/store/engine/context.js';
import { heldLeads } from '../../src/store/leads/held-leads.js';
import { takeUpLeads } from '../../src/store/leads/leads.js';
import type { Run } from '../../src/store/log/runs.js';
import { KEY, newRun, newStore, queue, rows, stateOf } from '../store/helper.js';

/** A store, a run and a sandbox that notes what it is asked; leads are put in line and delivered. */
export interface Bench {
  store: StoreContext;
  run: Run;
  sandbox: RunningSandbox;
  requests: RequestRecord[];
  posts(): RequestRecord[];
  gets(): string[];
  deliver(more?: Partial<Delivery> & Partial<Pick<PushSettings, 'batchSize' | 'rateLimit'>>): Promise<DeliveryEnd>;
  /** How many leads are in each state, by hold reason or `ACTIVE`. */
  states(): Record<string, number>;
}

export async function startBench(options: SandboxOptions & { clock?: Clock } = {}): Promise<Bench> {
  const { clock = systemClock, ...sandboxOptions } = options;
  const requests: RequestRecord[] = [];
  const sandbox = await startSandbox({
    rateLimit: null,
    ...sandboxOptions,
    onRequest: (record) => requests.push(record),
  });
  onTestFinished(() => sandbox.close());
  sandbox.account.ensureCampaigns(['1', '2', '3']);
  const store = await newStore(clock);
  const run = await newRun(store);
  return {
    store,
    run,
    sandbox,
    requests,
    posts: () => requests.filter(({ method }) => method === 'POST'),
    gets: () => requests.filter(({ method }) => method === 'GET').map(({ path }) => path.replace('/api/v1', '')),
    deliver: ({ batchSize = 100, rateLimit = [{ requests: 1000, perMs: 1000 }], ...more } = {}) =>
      deliver({
        store,
        client: makeClient(sandbox.url, 'good-key', '1'),
        clock,
        run,
        keyId: KEY,
        pushSettings: async () => ({
          batchSize,
          rateLimit,
          settings: {
            ignore_global_block_list: false,
            ignore_unsubscribe_list: false,
            ignore_duplicate_leads_in_other_campaign: true,
          },
        }),
        askForLeadIds: true,
        breaker: new Breaker(),
        onRequest: () => undefined,
        random: Math.random,
        maxWaitMs: 5_000,
        stopping: new AbortController().signal,
        arrivals: new Nudge(),
        reading: () => false,
        tries: () => true,
        report: { pushing: () => undefined, settled: () => undefined, waiting: () => undefined },
        ...more,
      }),
    states() {
      const counts: Record<string, number> = {};
      for (const { status, hold_reason } of rows(store).values()) {
        const state = hold_reason ?? status;
        counts[state] = (counts[state] ?? 0) + 1;
      }
      return counts;
    },
  };
}

/** {@link startBench} with `n` leads waiting for campaign 1. */
export async function benchWith(n: number, options: SandboxOptions & { clock?: Clock } = {}): Promise<Bench> {
  const bench = await startBench(options);
  await queue(bench.store, bench.run, leads(n));
  return bench;
}

export const leads = (n: number, name = 'lead'): string[] =>
  Array.from({ length: n }, (_, index) => `${name}${index}@example.com`);

/** The same numbers in the same order in every run. */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
}

/** What `retry --held --now` does to leads that may go again. */
export async function retry(bench: Bench): Promise<void> {
  const run = await newRun(bench.store);
  const reasons = ['push_failed', 'unknown', 'queued', 'campaign_not_found', 'auth', 'credit_limit'] as const;
  const pages = reasons.map((reason) => heldLeads(bench.store, 'default', { reason, onlyDue: false }, 0, 10_000));
  const held = (await Promise.all(pages)).flat();
  await takeUpLeads(bench.store, run, held, (known) => ({
    state: {
      ...stateOf(bench.store.clock, {
        push_attempts: known.push_attempts,
        assigned_campaign_id: known.assigned_campaign_id,
      }),
      ...(known.hold_reason === 'unknown'
        ? { hold_reason: 'unknown', push_group: known.push_group, push_step: known.push_step }
        : {}),
    },
    audits: [],
  }));
  bench.run = run;
}

/** The fault strikes the n-th request alone, from 0. */
export const only = (n: number, fault: Fault) => ({
  faults: (request: { n: number }) => (request.n === n ? fault : undefined),
});
export const always = (fault: Fault) => ({ faults: () => fault });

/** A client whose calls go to the sandbox by way of a server that may change what is answered. */
export async function changing(bench: Bench, change: (url: URL, body: string) => { status?: number; body: string }) {
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '', bench.sandbox.url);
    const sent = await text(request);
    const answer = await fetch(url, {
      method: request.method ?? 'GET',
      headers: { 'content-type': 'application/json' },
      ...(sent === '' ? {} : { body: sent }),
    });
    const { status = answer.status, body } = change(url, await answer.text());
    response.writeHead(status, { 'content-type': 'application/json' }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  return makeClient(`http://127.0.0.1:${port}/api/v1`, 'good-key', '1');
}

/** How many attempts the leads have used up, each number once. */
export const attemptsOf = (bench: Bench) => [
  ...new Set([...rows(bench.store).values()].map((row) => row.push_attempts)),
];
