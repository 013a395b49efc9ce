import type { BlockList } from 'node:net';
import type { Writable } from 'node:stream';
import type { Logger } from 'pino';
import type { Entrance } from '../admin/login/logins.js';
import { systemClock } from '../clock.js';
import type { SettingLines } from '../config/push-settings.js';
import { closeStore, openStoreReadOnly } from '../store/engine/open.js';
import { findApiKey } from '../store/settings/api-keys.js';
import { makeAdminPages } from './admin-pages.js';
import { Allowances, DEFAULT_ALLOWANCE } from './allowance.js';
import { buildApp } from './app.js';
import type { EngineOptions } from './engine.js';
import { listen } from './listen.js';
import { RequestTimes } from './metrics.js';
import { oncePerTurn } from './once-per-turn.js';
import { OwnNames } from './own-names.js';
import { makeLog } from './service-log.js';
import { startThreadedEngine } from './threaded-engine.js';

/** What a server is started with. */
export interface ServerOptions extends EngineOptions {
  host: string;
  port: number;
  /** Proxies, besides those on this machine, whose X-Forwarded-For is believed. */
  trustedProxies: BlockList;
  /** The addresses it is reached by, besides those of this machine. */
  publicUrls: readonly string[];
  env: NodeJS.ProcessEnv;
  /** The rules file that the organizations are from. */
  rulesPath: string;
  /** How one logs in to the administrator's pages. */
  entrance: Entrance;
  /** By organization: where the rules file sets what the pages may change. */
  settingLines: Readonly<Record<string, SettingLines>>;
  /** Where the log goes, a JSON object a line. */
  out: Writable;
  verbose: boolean;
}

/** A server at work. */
export interface RunningServer {
  port: number;
  /** What keeps it from doing all of its work, a sentence each. */
  problems: string[];
  /** Takes nothing new, answers what is under way, settles what is in flight. */
  stop(): Promise<void>;
}

/** Without one of its threads a server is of no use: whoever watches over it starts it anew. */
function leave(log: Logger, error: Error): never {
  log.fatal({ err: { message: error.message, stack: error.stack } }, 'a thread has failed');
  process.exit(1);
}

/** Starts the HTTP doors and the delivery. Throws UsageError, DatabaseError or TemporaryError. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const log = makeLog(options.out, options.verbose);
  const { databasePath, kind, organizations, sandbox } = options;
  const work = { databasePath, kind, organizations, ...(sandbox ? { sandbox } : {}) };
  const engine = await startThreadedEngine(
    work,
    ({ level, message, organization }) => log[level]({ organization }, message),
    (error) => leave(log, error),
  );
  // Keys are looked up here: a read from the write-ahead log never waits for a writer.
  const store = await openStoreReadOnly(databasePath, kind, systemClock, true);
  const { entrance, rulesPath, settingLines } = options;
  const pages = makeAdminPages(
    { ...work, entrance, rulesPath, settingLines, publicUrls: options.publicUrls },
    {
      fault: ({ path, message, stack }) => log.error({ path, err: { message, stack } }, 'a page failed'),
      death: ({ message, stack }) =>
        log.error({ err: { message, stack } }, 'the admin pages have failed; they start again when asked for'),
    },
  );
  let draining = false;
  const app = buildApp({
    engine,
    pages,
    organizations: new Map(organizations.map((config) => [config.organization, config])),
    findKey: oncePerTurn((presented) => findApiKey(store, presented)),
    allowances: new Allowances(DEFAULT_ALLOWANCE, systemClock.steady),
    env: options.env,
    trustedProxies: options.trustedProxies,
    names: new OwnNames(options.publicUrls, options.host),
    clock: systemClock,
    log,
    times: new RequestTimes(),
    draining: () => draining,
  });
  const server = await listen(app, options).catch(async (error: unknown) => {
    await engine.stop();
    throw error;
  });
  log.info({ host: options.host, port: server.port, database: databasePath }, 'listening');
  return {
    port: server.port,
    problems: await engine.problems(),
    async stop() {
      draining = true;
      server.shut();
      await Promise.all([engine.stop(), pages.stop()]);
      await server.drain();
      closeStore(store);
      log.info('stopped');
    },
  };
}
