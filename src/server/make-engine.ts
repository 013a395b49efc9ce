import { alertQuietly } from '../alerts/alert.js';
import { systemClock } from '../clock.js';
import type { OrganizationConfig } from '../config/schema.js';
import { accessOf, accessTo } from '../pipeline/access.js';
import { makeDecider } from '../pipeline/decide.js';
import { type LeadService, startLeadService } from '../pipeline/lead-service.js';
import { pushingLines, settledLines } from '../pipeline/push-lines.js';
import { readServiceStats, type ServiceStats } from '../stats/service-stats.js';
import type { StoreContext } from '../store/engine/context.js';
import { fullDisk, missingFile } from '../store/engine/file-place.js';
import { checkpoint, closeStore, openStore } from '../store/engine/open.js';
import type { Engine, EngineOptions, LogLine } from './engine.js';
import { Inbox } from './inbox.js';
import { Waiting } from './waiting.js';
import { finishEvents, handleEvent } from './webhook-events.js';

/** The log of the database is emptied, open events are tried again, and trouble is looked for, this often. */
const TIDY_EVERY_MS = 60_000;
const STATS_GOOD_FOR_MS = 5_000;
/** The same failure is said again after this long, milliseconds. */
const SAY_AGAIN_MS = 3_600_000;

/** Opens the store and starts the delivery of every organization. Throws DatabaseError or TemporaryError. */
export async function makeEngine(options: EngineOptions, log: (line: LogLine) => void): Promise<Engine> {
  const store = await openStore(options.databasePath, options.kind, systemClock, true);
  const waiting = new Waiting(store);
  const services = new Map<string, LeadService>();
  const logged = new Map<string, number>();

  /** Says what keeps work from being done once an hour, and not every second in which it is tried. */
  function logFailure(message: string, organization?: string): void {
    const now = systemClock.steady();
    if (now - (logged.get(message) ?? Number.NEGATIVE_INFINITY) < SAY_AGAIN_MS) return;
    logged.set(message, now);
    log({ level: 'error', message, ...(organization === undefined ? {} : { organization }) });
  }

  const inboxes = new Map<string, Inbox>();
  const counted = new Map<string, { at: number; stats: ServiceStats }>();
  for (const config of options.organizations) {
    const { organization } = config;
    const service = await startOne(store, config);
    services.set(organization, service);
    inboxes.set(organization, new Inbox((arrivals) => service.take(arrivals)));
  }
  const warn = (organization: string, message: string) => log({ level: 'warn', message, organization });
  const finishOpenEvents = () =>
    finishEvents(store, warn).catch((error: unknown) =>
      log({ level: 'error', message: error instanceof Error ? error.message : String(error) }),
    );
  await finishOpenEvents();
  let stopping = false;
  let looking: Promise<void> | undefined;
  const look = () => {
    looking ??= lookForTrouble().finally(() => {
      looking = undefined;
    });
  };
  look();
  const tidying = setInterval(() => {
    try {
      const missing = missingFile(store.db);
      if (missing !== undefined) {
        logFailure(missing);
        return;
      }
      checkpoint(store);
    } catch (error) {
      // nothing that is only tidying may end the service
      logFailure(error instanceof Error ? error.message : String(error));
    }
    void finishOpenEvents();
    look();
  }, TIDY_EVERY_MS);

  /** Tells of trouble in every organization, one after the other: a webhook that hangs holds nothing else up. */
  async function lookForTrouble(): Promise<void> {
    for (const config of options.organizations) {
      if (stopping) return;
      const sandbox = options.kind === 'sandbox';
      const problem = await alertQuietly({
        store,
        openForWriting: async () => store,
        config,
        env: process.env,
        sandbox,
      });
      if (problem !== undefined) log({ level: 'warn', message: problem, organization: config.organization });
    }
  }

  /** Counting a million leads takes a moment: what was counted just now is good enough. */
  async function statsOf(config: OrganizationConfig): Promise<ServiceStats> {
    const known = counted.get(config.organization);
    if (known && systemClock.steady() - known.at < STATS_GOOD_FOR_MS) return known.stats;
    const stats = await readServiceStats(store, config, services.get(config.organization)?.keyId());
    counted.set(config.organization, { at: systemClock.steady(), stats });
    return stats;
  }

  function startOne(context: StoreContext, config: OrganizationConfig): Promise<LeadService> {
    const { organization } = config;
    const say = (level: LogLine['level'], message: string) => log({ level, message, organization });
    return startLeadService({
      store: context,
      clock: systemClock,
      config,
      decider: makeDecider(config),
      async smartlead() {
        const { sandbox } = options;
        return sandbox
          ? accessTo(sandbox.url, { value: sandbox.key, from: 'the sandbox' })
          : accessOf(config, process.env);
      },
      report: {
        pushing(claim) {
          for (const line of pushingLines(claim)) say('info', line);
        },
        settled(claim, settlement) {
          for (const line of settledLines(claim, settlement)) say(line.failed ? 'warn' : 'info', line.text);
          waiting.look();
        },
        waiting: (why, ms) => say('info', `waiting ${Math.ceil(ms / 1000)} s: ${why}`),
        failed: (error) => logFailure(error instanceof Error ? error.message : String(error), organization),
      },
    });
  }

  return {
    async ingest(organization, arrivals, waitMs) {
      const taken = (await inboxes.get(organization)?.put(arrivals)) ?? [];
      return waitMs === 0 ? taken : waiting.wait(organization, taken, waitMs);
    },
    event: (organization, event) => handleEvent(store, organization, event, warn),
    async stats(organizations) {
      const wanted = options.organizations.filter(({ organization }) => organizations.includes(organization));
      return Promise.all(wanted.map(statsOf));
    },
    async problems() {
      const found = await Promise.all(
        [...services].map(async ([organization, service]) =>
          (await service.problems()).map((problem) => `${organization}: ${problem}`),
        ),
      );
      const place = [missingFile(store.db), fullDisk(store.db)].filter((problem) => problem !== undefined);
      return [...place, ...found.flat()];
    },
    async stop() {
      stopping = true;
      clearInterval(tidying);
      await Promise.all([...inboxes.values()].map((inbox) => inbox.empty()));
      await Promise.all([...services.values()].map((service) => service.stop()));
      await looking;
      await waiting.end();
      closeStore(store);
    },
  };
}
