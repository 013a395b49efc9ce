import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadRulesFile } from '../../src/config/load.js';
import type { OrganizationConfig } from '../../src/config/schema.js';
import { type Decider, makeDecider } from '../../src/pipeline/decide.js';
import { readPragma } from '../../src/sqlite.js';
import type { StoreContext } from '../../src/store/engine/context.js';
import { closeStore, openStore } from '../../src/store/engine/open.js';
import type { SimulatedProcess } from './process.js';
import { Account, type Reply, type Request } from './server.js';
import { Dice, VirtualTime } from './time.js';

/** A tenant: its key, its account, its rules of today. */
export interface Tenant {
  name: string;
  account: Account;
  config: OrganizationConfig;
  decider: Decider;
}

/** Addresses of which a rules file may block the domain. */
export const BLOCKED_DOMAIN = 'blocked-firm.com';
export const PERSONAS = ['vp', 'cto', 'cfo'] as const;
const CAMPAIGNS: Readonly<Record<string, readonly [string, string, string]>> = {
  acme: ['11', '12', '13'],
  globex: ['21', '22', '23'],
};
/** What the limit of every account is. */
export const LIMIT = { requests: 10, perMs: 2000 };

/** Something that must never be. */
export class Broken extends Error {}

/** Everything one seed makes: time, accounts, the database, and what a trial has to remember to judge it. */
export class World {
  readonly dice: Dice;
  readonly time = new VirtualTime();
  readonly path: string;
  readonly tenants: Tenant[];
  readonly processes: SimulatedProcess[] = [];
  /** No connection can be made. */
  isOffline = false;
  /** When an address was suppressed, or forgotten, virtual milliseconds. */
  readonly suppressedAt = new Map<string, number>();
  readonly forgotten = new Map<string, { leadId: string; at: number }>();
  /** Addresses that drason was given. */
  readonly given = new Map<string, { tenant: Tenant }>();
  /** What broke first. */
  broken: Error | undefined;
  requests = 0;
  readonly #dir: string;
  readonly #trace: string[] = [];
  readonly #arrivals = new Map<string, number[]>();
  #judge: (process: SimulatedProcess, tenant: Tenant, request: Request) => void = () => undefined;
  #store: StoreContext | undefined;
  #version = 0;

  constructor(seed: number, dir: string) {
    this.dice = new Dice(seed);
    this.#dir = dir;
    this.path = join(dir, 'drason.db');
    this.tenants = Object.keys(CAMPAIGNS).map((name) => {
      const account = new Account(this.dice, CAMPAIGNS[name] ?? []);
      return { name, account, ...this.#rules(name, [0, 1, 2], false) };
    });
  }

  /** Opens the connection of those who look on. `judge` is asked about every request that arrives. */
  async open(judge: (process: SimulatedProcess, tenant: Tenant, request: Request) => void): Promise<void> {
    this.#judge = judge;
    const clock = { ...this.time.faces, sleep: async () => undefined };
    this.#store = await openStore(this.path, 'live', clock, true);
    this.#store.db.exec('PRAGMA synchronous = OFF');
  }

  get store(): StoreContext {
    if (!this.#store) throw new Error('the world is not open yet');
    return this.#store;
  }

  /** Whether any process has written to the database since this was asked last. */
  hasChanged(): boolean {
    const version = readPragma(this.store.db, 'data_version');
    const changed = version !== this.#version;
    this.#version = version;
    return changed;
  }

  close(): void {
    for (const process of this.processes) process.end();
    if (this.#store) closeStore(this.#store);
  }

  note(what: string): void {
    this.#trace.push(`${(this.time.ms / 1000).toFixed(3)} s  ${what}`);
  }

  /** The last things that happened. */
  trace(lines: number): string {
    return this.#trace.slice(-lines).join('\n');
  }

  /** Gives a tenant other rules: which of its campaigns each persona goes to, and whether a domain is blocked. */
  changeRules(tenant: Tenant, targets: readonly number[], blocks: boolean): void {
    Object.assign(tenant, this.#rules(tenant.name, targets, blocks));
    this.note(`${tenant.name}: rules ${targets.join()}${blocks ? `, ${BLOCKED_DOMAIN} is blocked` : ''}`);
  }

  #rules(name: string, targets: readonly number[], blocks: boolean): Pick<Tenant, 'config' | 'decider'> {
    const rules = PERSONAS.map(
      (persona, i) => `  - { persona: ${persona}, target_campaign_id: "${CAMPAIGNS[name]?.[targets[i] ?? 0]}" }`,
    );
    const path = join(this.#dir, `${name}.yaml`);
    const health = blocks ? [`health: { block: [${BLOCKED_DOMAIN}] }`] : [];
    writeFileSync(path, [`organization: ${name}`, ...health, 'rules:', ...rules, ''].join('\n'));
    const config = loadRulesFile(path).organizations.get(name);
    if (!config) throw new Error(`no ${name} in ${path}`);
    config.smartlead.batchSize = 10;
    return { config, decider: makeDecider(config) };
  }

  /** A request has been written, and arrives. */
  arrive(process: SimulatedProcess, tenantName: string, request: Request): Reply {
    const tenant = this.tenants.find(({ name }) => name === tenantName);
    if (!tenant) throw new Error(`no ${tenantName}`);
    this.requests++;
    this.guard(() => {
      this.#countArrival(tenantName);
      this.#judge(process, tenant, request);
    });
    const reply = tenant.account.receive(request);
    const { result } = reply;
    const said = result.kind === 'answer' ? `${result.status} ${result.body.slice(0, 120)}` : result.message;
    this.note(`${process.name} ${request.kind} ${request.campaignId} [${request.emails.join(' ')}] → ${said}`);
    return reply;
  }

  #countArrival(account: string): void {
    const { ms } = this.time;
    const recent = [...(this.#arrivals.get(account) ?? []).filter((at) => at > ms - LIMIT.perMs), ms];
    this.#arrivals.set(account, recent);
    if (recent.length > LIMIT.requests) throw new Broken(`${recent.length} requests of ${account} within 2 s`);
  }

  /** Keeps what breaks first: nothing of the product may swallow it. */
  guard(check: () => void): void {
    try {
      check();
    } catch (error) {
      this.broken ??= error instanceof Error ? error : new Error(String(error));
    }
  }
}
