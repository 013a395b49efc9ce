import type { Clock } from '../../src/clock.js';
import type { Decider } from '../../src/pipeline/decide.js';
import type { SmartleadClient } from '../../src/smartlead/client.js';
import type { HttpResult } from '../../src/smartlead/exchange.js';
import type { MayWrite } from '../../src/smartlead/write-gate.js';
import type { StoreContext } from '../../src/store/engine/context.js';
import { closeStore, openStore } from '../../src/store/engine/open.js';
import type { Request } from './server.js';
import type { World } from './world.js';

/** No process ever has this number. */
const NOBODY = 2_147_483_646;

class Killed extends Error {}

/** Killed before or after the commit, or stopped for so many milliseconds. */
export type Fate = 'killed before' | 'killed after' | number;

/** Tables in which a process leaves its name, and at which of its writes it can be killed. */
const WRITES = [
  ['attempts', 'AFTER INSERT ON attempts', 'NEW.id'],
  ['rate_tokens', 'AFTER INSERT ON rate_tokens', 'NEW.id'],
  ['runs', 'AFTER INSERT ON runs', 'NEW.seq'],
  ['settle', 'AFTER UPDATE OF outcome ON attempts', 'NEW.id'],
  ['give back', 'AFTER UPDATE OF answered_steady ON rate_tokens', 'NEW.id'],
] as const;
type Written = (typeof WRITES)[number][0];

/**
 * A process of drason as far as others can tell: a connection to the database, a clock and a way to Smartlead of its own.
 * It can be killed at any write, before or after the commit, on its way to the socket, and while it waits; and stand still.
 */
export class SimulatedProcess {
  readonly world: World;
  readonly name: string;
  /** The rules of the day on which it was started. */
  readonly decider: Decider;
  readonly store: StoreContext;
  readonly clock: Clock;
  /** When it claimed each of its attempts, virtual milliseconds. */
  readonly claimedAt = new Map<number, number>();
  readonly #left: Array<[table: string, id: number]> = [];
  #alive = true;
  #frozen = false;
  #missed: Array<() => void> = [];
  /** What befalls it at the n-th of its writes from now. */
  #fate: { in: number; what: Fate } | undefined;

  private constructor(world: World, name: string, decider: Decider, store: StoreContext, clock: Clock) {
    this.world = world;
    this.name = name;
    this.decider = decider;
    this.store = store;
    this.clock = clock;
    store.db.exec('PRAGMA synchronous = OFF');
    store.db.function('simulated_write', (what: unknown, id: unknown) => this.#onWrite(String(what), Number(id)));
    for (const [n, [what, event, id]] of WRITES.entries()) {
      store.db.exec(`CREATE TEMP TRIGGER simulated_${n} ${event} BEGIN SELECT simulated_write('${what}', ${id}); END`);
    }
  }

  static async start(world: World, name: string, decider: Decider): Promise<SimulatedProcess> {
    const wakes: { up: (what: () => void) => void } = { up: (what) => what() };
    const { time } = world;
    const clock: Clock = {
      ...time.faces,
      sleep: (ms, signal) =>
        new Promise((resolve) => {
          if (signal?.aborted) return resolve();
          const cancel = Number.isFinite(ms) ? time.in(Math.max(0, ms), () => wakes.up(resolve)) : () => undefined;
          signal?.addEventListener('abort', () => {
            cancel();
            resolve();
          });
        }),
    };
    const process = new SimulatedProcess(world, name, decider, await openStore(world.path, 'live', clock, true), clock);
    wakes.up = (what) => process.#wake(what);
    return process;
  }

  get isAlive(): boolean {
    return this.#alive;
  }

  #onWrite(what: string, id: number): null {
    if (!this.#alive) throw new Killed();
    this.#meetFate();
    if (this.#fate && --this.#fate.in <= 0 && this.#fate.what === 'killed before') {
      this.kill(`before it commits (${what})`);
      throw new Killed();
    }
    if (what === 'attempts') this.claimedAt.set(id, this.world.time.ms);
    const isName: Written[] = ['attempts', 'rate_tokens', 'runs'];
    if (isName.some((name) => name === what)) this.#left.push([what, id]);
    return null;
  }

  /** Something befalls it at the n-th of its writes from now. */
  meetAt(n: number, what: Fate): void {
    this.#fate = { in: n, what };
  }

  /** Its last write was the one after which something was to befall it. */
  #meetFate(): void {
    if (!this.#fate || this.#fate.in > 0) return;
    const { what } = this.#fate;
    this.#fate = undefined;
    if (typeof what === 'number') this.freeze(what);
    else {
      this.kill('after a write');
      throw new Killed();
    }
  }

  /** Nothing of it happens any more. Others find out, as they would, by the number it left. */
  kill(where: string): void {
    if (!this.#alive) return;
    this.#alive = false;
    this.world.note(`${this.name} is killed ${where}`);
    this.#missed = [];
    // its transaction ends first
    queueMicrotask(() => this.#leaveNoTrace());
  }

  #leaveNoTrace(): void {
    closeStore(this.store);
    const { db } = this.world.store;
    for (const [table, id] of this.#left) {
      db.prepare(`UPDATE ${table} SET pid = ? WHERE ${table === 'runs' ? 'seq' : 'id'} = ?`).run(NOBODY, id);
    }
  }

  /** Ends as a process does that has done its work. */
  end(): void {
    if (!this.#alive) return;
    this.#alive = false;
    this.#leaveNoTrace();
  }

  /** Stands still for so long; what comes meanwhile waits. */
  freeze(ms: number): void {
    if (this.#frozen || !this.#alive) return;
    this.world.note(`${this.name} stands still for ${Math.round(ms / 1000)} s`);
    this.#frozen = true;
    this.world.time.in(ms, () => {
      this.#frozen = false;
      for (const what of this.#missed.splice(0)) this.#wake(what);
    });
  }

  #wake(what: () => void): void {
    if (this.#frozen) this.#missed.push(what);
    else if (this.#alive) what();
  }

  /** Resolves after so long, if this process lives to see it. */
  #later(ms: number): Promise<void> {
    return new Promise((resolve) => void this.world.time.in(ms, () => this.#wake(resolve)));
  }

  /** The way to one account: a connection takes its time, and what is written arrives at once. */
  client(accountName: string): SmartleadClient {
    const exchange = async (request: Request, mayWrite: MayWrite): Promise<HttpResult> => {
      const { world } = this;
      this.#meetFate();
      await this.#later(world.dice.between(0, 60));
      if (world.isOffline) return { kind: 'not_sent', message: 'server.smartlead.ai cannot be reached (ECONNREFUSED)' };
      if (!mayWrite()) return { kind: 'not_sent', message: 'too late to be sent' };
      const { ms, result } = world.arrive(this, accountName, request);
      await this.#later(ms);
      return result;
    };
    const none = { campaignId: '', emails: [], asksForIds: false };
    const nowhere = async (): Promise<HttpResult> => ({ kind: 'not_sent', message: 'not simulated' });
    return {
      addLeads: (campaignId, { lead_list, settings }, mayWrite) => {
        const emails = lead_list.map(({ email }) => email);
        const asksForIds = settings.return_lead_ids === true;
        return exchange({ kind: 'push', campaignId, emails, asksForIds }, mayWrite);
      },
      findLead: (email, mayWrite) => exchange({ ...none, kind: 'find', emails: [email] }, mayWrite),
      campaignLeads: (campaignId, _offset, _limit, mayWrite) =>
        exchange({ ...none, kind: 'roster', campaignId }, mayWrite),
      campaigns: nowhere,
      campaign: nowhere,
    };
  }
}
