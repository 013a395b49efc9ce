import { type Clock, sleepOr } from '../clock.js';
import type { OrganizationConfig } from '../config/schema.js';
import { Breaker } from '../delivery/breaker.js';
import { type Delivery, deliver } from '../delivery/deliver.js';
import { Nudge } from '../delivery/nudge.js';
import type { StoreContext } from '../store/engine/context.js';
import { bindTarget } from '../store/engine/target.js';
import { saveLeads } from '../store/leads/leads.js';
import { type LeadOutcome, outcomesOf } from '../store/leads/service-leads.js';
import { endRun, type Run, startRun } from '../store/log/runs.js';
import { holdForKey } from '../store/queue/settling.js';
import { hasRested, listStops, newestStop, type Stop } from '../store/queue/stops.js';
import { saveRuleSet } from '../store/settings/rule-sets.js';
import type { Decider } from './decide.js';
import { pushSettingsOf } from './push-settings.js';
import { redecider } from './redecide.js';
import { adoptLeads, probeStops, releaseLeads } from './resume.js';
import type { SmartleadAccess } from './run-context.js';
import { type Arrival, takeIn } from './take-in.js';
import { withoutErased } from './to-correct.js';

/** What the service of one organization is given. */
export interface ServiceContext {
  store: StoreContext;
  clock: Clock;
  config: OrganizationConfig;
  decider: Decider;
  /** Asked for again each minute: a key file may have been changed. A string says why there is no key. */
  smartlead: () => Promise<SmartleadAccess | string>;
  report: Delivery['report'] & {
    /** Something kept a round from its end; the next one tries again. */
    failed(error: unknown): void;
  };
}

/** The delivery of one organization for as long as a server runs: leads come in at any time, and all that is due is pushed. */
export interface LeadService {
  run: Run;
  /** Stores and decides leads in one transaction; they are pushed from then on. Where each stands, by address. */
  take(arrivals: readonly Arrival[]): Promise<Map<string, LeadOutcome>>;
  /** What the database calls the key; undefined while there is none. */
  keyId(): string | undefined;
  /** What keeps leads from being pushed until a person does something, a sentence each. */
  problems(): Promise<string[]>;
  /** Ends when what is in flight is settled. */
  stop(): Promise<void>;
}

/** A batch leaves at most this long after its first lead came, milliseconds, so that single posts share requests. */
const LINGER_MS = 250;
/** What has become due, and what other processes left behind, is looked for this often. */
const LOOK_EVERY_MS = 1000;
/** The key is read anew, and leads that nothing stops are looked for, this often. */
const LOOK_AGAIN_EVERY_MS = 60_000;
/** Longer pauses are not sat out in a round: meanwhile someone may lift them. */
const LONGEST_WAIT_MS = 2000;

/** Starts the service of one organization. Throws what the store throws. */
export async function startLeadService(context: ServiceContext): Promise<LeadService> {
  const { store, clock, config, decider, report } = context;
  const run = await startRun(store, config.organization, 'serve', {});
  await saveRuleSet(store, config.organization, decider.rules.hash, decider.rules.rules);
  const arrivals = new Nudge();
  const stopping = new AbortController();
  let access = await context.smartlead();
  if (typeof access !== 'string') await bindTarget(store, access.target);
  const breaker = new Breaker();
  let lingering = false;
  let lookedAt = Number.NEGATIVE_INFINITY;
  let stopsBefore = '';
  let askForLeadIds = true;

  /** New leads wait a moment for others, unless they fill a batch. */
  function linger(): void {
    if (lingering) return;
    lingering = true;
    setTimeout(() => {
      lingering = false;
      arrivals.ring();
    }, LINGER_MS);
  }

  /** A stop without an end is tried when it has rested. */
  const isDue = (stop: Stop): boolean => stop.until === null && hasRested(stop, clock.now());

  /** Pushes until nothing is left that may go, or it is time to look again at what is stopped: posts may come without end. */
  async function push(smartlead: SmartleadAccess): Promise<void> {
    await bindTarget(store, smartlead.target);
    if (stopping.signal.aborted) return;
    const over = new AbortController();
    const end = () => over.abort();
    stopping.signal.addEventListener('abort', end);
    void clock.sleep(lookedAt + LOOK_AGAIN_EVERY_MS - clock.steady(), over.signal).then(end);
    const delivery: Delivery = {
      store,
      clock,
      run,
      client: smartlead.client,
      keyId: smartlead.keyId,
      pushSettings: () => pushSettingsOf(store, config),
      askForLeadIds,
      breaker,
      redecide: redecider(decider, clock, run.id),
      onRequest: () => undefined,
      random: Math.random,
      maxWaitMs: LONGEST_WAIT_MS,
      stopping: over.signal,
      arrivals,
      reading: () => lingering,
      tries: isDue,
      report,
    };
    const { stoppedBy } = await deliver(delivery).finally(() => {
      stopping.signal.removeEventListener('abort', end);
      end();
    });
    askForLeadIds = delivery.askForLeadIds;
    if (stoppedBy?.reason === 'auth') await holdForKey(store, run, stoppedBy.message);
  }

  /** Takes up what may go again, and pushes. */
  async function round(): Promise<void> {
    const looksAgain = clock.steady() - lookedAt >= LOOK_AGAIN_EVERY_MS;
    if (looksAgain) {
      lookedAt = clock.steady();
      access = await context.smartlead();
    }
    if (typeof access === 'string') {
      await holdForKey(store, run, access);
      return;
    }
    const stops = await listStops(store, access.keyId);
    // a stop may be set and lifted between two looks: the number of the newest one there ever was tells
    const standing = [...stops.map(({ id }) => id), await newestStop(store)].join();
    if (looksAgain || standing !== stopsBefore) await releaseLeads(context, run, stops);
    stopsBefore = standing;
    await probeStops(context, run, stops.filter(isDue));
    await push(access);
  }

  /** Does something again and again, at once when leads come where `hears`, until the service is to stop. */
  async function keepDoing(something: () => Promise<void>, hears: boolean): Promise<void> {
    while (!stopping.signal.aborted) {
      const { rings } = arrivals;
      try {
        await something();
      } catch (error) {
        report.failed(error);
      }
      await sleepOr(clock, LOOK_EVERY_MS, stopping.signal, hears ? [arrivals.heard(rings)] : []);
    }
  }

  async function adopt(): Promise<void> {
    if ((await adoptLeads(context, run)) > 0) arrivals.ring();
  }

  const working = Promise.all([keepDoing(adopt, false), keepDoing(round, true)]);
  return {
    run,
    async take(leads) {
      const options = {
        decider,
        runId: run.id,
        now: clock.now(),
        push: true,
        again: false,
        onExisting: 'update',
      } as const;
      const named = await withoutErased(store, config.organization, leads);
      await saveLeads(store, run, named, (known, arrival: Arrival, suppressedFor, repeated) =>
        takeIn(known, arrival, suppressedFor, options, repeated),
      );
      linger();
      arrivals.ring();
      return outcomesOf(
        store,
        config.organization,
        leads.map(({ lead }) => lead.email),
      );
    },
    keyId: () => (typeof access === 'string' ? undefined : access.keyId),
    async problems() {
      if (typeof access === 'string') return [access];
      const stops = await listStops(store, access.keyId);
      return stops
        .filter(({ reason }) => reason === 'auth')
        .map(({ message }) => `Smartlead refuses the key: ${message}`);
    },
    async stop() {
      stopping.abort();
      arrivals.ring();
      await working;
      await endRun(store, run, 0, { schema: 1, command: 'serve', run_id: run.id });
    },
  };
}
