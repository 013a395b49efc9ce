import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { onTestFinished } from 'vitest';
import type { Clock } from '../../src/clock.js';
import { isoTime } from '../../src/clock.js';
import type { Lead } from '../../src/lead.js';
import type { StoreContext } from '../../src/store/engine/context.js';
import { closeStore, openStore } from '../../src/store/engine/open.js';
import type { LeadState } from '../../src/store/leads/lead-rows.js';
import { saveLeads, type Taken } from '../../src/store/leads/leads.js';
import { type Run, startRun } from '../../src/store/log/runs.js';
import type { Claim, ClaimAnswer, ClaimRequest } from '../../src/store/queue/claim.js';
import { claimBatch } from '../../src/store/queue/claims.js';
import type { AttemptSettlement, LeadSettlement } from '../../src/store/queue/settlement.js';
import { ROOT } from '../helpers/run-cli.js';
import { tempDir } from '../helpers/temp-dir.js';

export const KEY = 'key-id';
export const MINUTE = 60_000;
export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;

/** A clock that stands still until it is told otherwise. Time passes on both faces; a step shows on the wall alone. */
export class TestClock implements Clock {
  #wall = Date.parse('2025-06-01T12:00:00.000Z');
  #steady = 5_000_000;
  now = () => this.#wall;
  steady = () => this.#steady;
  async sleep(ms: number): Promise<void> {
    this.pass(ms);
  }
  pass(ms: number): void {
    this.#wall += ms;
    this.#steady += ms;
  }
  step(ms: number): void {
    this.#wall += ms;
  }
}

/** A new store in a file of its own. */
export async function newStore(clock: Clock = new TestClock(), path = join(tempDir(), 'drason.db')) {
  const store = await openStore(path, 'live', clock, true);
  onTestFinished(() => closeStore(store));
  return store;
}

export const newRun = (store: StoreContext, organization = 'default'): Promise<Run> =>
  startRun(store, organization, 'ingest', {});

/** A state to be stored; what is not given is that of a routed lead whose push is due. */
export function stateOf(clock: Clock, state: Partial<LeadState> = {}): LeadState {
  return {
    status: 'HELD',
    hold_reason: 'queued',
    health_classification: 'GREEN',
    health_score: 100,
    assigned_campaign_id: '1',
    push_attempts: 0,
    next_attempt_at: isoTime(clock.now()),
    last_error: null,
    smartlead_lead_id: null,
    push_group: null,
    push_step: 'push',
    ...state,
  };
}

/** Takes leads in as an ingest would, each in the given state. */
export async function queue(
  store: StoreContext,
  run: Run,
  emails: readonly string[],
  state: Partial<LeadState> = {},
): Promise<void> {
  const taken = (lead: Lead): Taken => ({
    lead,
    state: stateOf(store.clock, state),
    unchanged: false,
    alreadyActive: false,
    pushedByThisRun: true,
    audits: [],
  });
  const arrivals = emails.map((email) => ({ lead: { email, custom_fields: {} } }));
  await saveLeads(store, run, arrivals, (_known, arrival) => taken(arrival.lead));
}

export const addresses = (n: number, name = 'lead'): string[] =>
  Array.from({ length: n }, (_, index) => `${name}${String(index).padStart(4, '0')}@example.com`);

/** Asks for the next batch; without a word about it, of 100 leads and with a limit that is never reached. */
export function claim(store: StoreContext, run: Run, request: Partial<ClaimRequest> = {}): Promise<ClaimAnswer> {
  return claimBatch(store, {
    run,
    keyId: KEY,
    batchSize: 100,
    windows: [{ requests: 10_000, perMs: 1000 }],
    onlyFullBatches: false,
    trying: new Set(),
    probed: new Set(),
    after: '',
    ...request,
  });
}

/** {@link claim} where a batch must come. */
export async function claimed(store: StoreContext, run: Run, request: Partial<ClaimRequest> = {}): Promise<Claim> {
  const answer = await claim(store, run, request);
  if (answer.kind !== 'claimed') throw new Error(`expected a claim, got ${JSON.stringify(answer)}`);
  return answer.claim;
}

/** One lead's settlement, given by what changes. */
export function settledAs(lead: { seq: number; id: string }, change: Partial<LeadSettlement['state']>): LeadSettlement {
  const accepted = change.status === 'ACTIVE';
  return {
    seq: lead.seq,
    id: lead.id,
    state: {
      status: 'HELD',
      hold_reason: accepted ? null : 'push_failed',
      next_attempt_at: null,
      last_error: null,
      push_attempts: 1,
      push_group: null,
      push_step: 'push',
      smartlead_lead_id: null,
      ...change,
    },
    audit: { trigger: 'delivery', action: accepted ? 'pushed_to_smartlead' : 'push_failed', details: {} },
    ...(accepted ? { evidence: 'id_map' } : {}),
  };
}

export function settlement(leads: LeadSettlement[], more: Partial<AttemptSettlement> = {}): AttemptSettlement {
  return { outcome: 'evidence', httpStatus: 200, message: null, answer: undefined, leads, lift: [], ...more };
}

export interface Row {
  email: string;
  status: string;
  hold_reason: string | null;
  next_attempt_at: string | null;
  push_attempts: number;
  attempt_id: number | null;
  push_group: number | null;
  last_error: string | null;
  push_run_seq: number | null;
  assigned_campaign_id: string | null;
  smartlead_lead_id: string | null;
}

/** The leads of a store by address. */
export function rows(store: StoreContext): Map<string, Row> {
  const all = store.db.prepare<[], Row>('SELECT * FROM leads ORDER BY seq').all();
  return new Map(all.map((row) => [row.email, row]));
}

export function actions(store: StoreContext, email: string): string[] {
  return store.db
    .prepare<[string], string>(
      'SELECT a.action FROM audit_logs a JOIN leads l ON l.id = a.entity_id WHERE l.email = ? ORDER BY a.id',
    )
    .pluck()
    .all(email);
}

/** Runs code in a process of its own, with the built store at hand. Its `args` are the strings given here. */
export function runProcess(code: string, args: readonly string[]) {
  const modules = pathToFileURL(join(ROOT, 'test/build')).href;
  const script = `const load = (name) => import('${modules}/' + name + '.js'); const args = process.argv.slice(1);\n${code}`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  let said: (() => void) | undefined;
  const heard = new Promise<void>((resolve) => {
    said = resolve;
  });
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      said?.();
    });
  }
  const ended = new Promise<{ code: number | null; output: string }>((resolve) => {
    child.on('close', (exitCode) => {
      said?.();
      resolve({ code: exitCode, output });
    });
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  return { child, ended, /** Resolves when it has printed something, or ended. */ heard, output: () => output };
}
