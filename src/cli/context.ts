import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { z } from 'zod';
import { systemClock } from '../clock.js';
import { isLoopback, smartleadBaseUrl } from '../config/base-url.js';
import { loadRulesFile, pickOrganization, type RulesFile } from '../config/load.js';
import { dataDir, findDatabase, findRulesFile } from '../config/locate.js';
import type { OrganizationConfig } from '../config/schema.js';
import { loadDotEnv, readSecret } from '../config/secrets.js';
import type { SmartleadAccess } from '../pipeline/run-context.js';
import type { RunningSandbox } from '../sandbox/server.js';
import type { StoreContext } from '../store/context.js';
import { commandFlags } from './command-flags.js';
import type { Terminal } from './terminal.js';

const globalsSchema = z.object({
  rules: z.string().optional(),
  db: z.string().optional(),
  org: z.string().optional(),
  sandbox: z.boolean().default(false),
});

/** What a command works with; each part is made when it is first asked for. */
export interface Context {
  terminal: Terminal;
  sandbox: boolean;
  rulesFile(): RulesFile;
  organization(): OrganizationConfig;
  /** The organizations to look at where none need be named: the one that is, else all of the rules file. */
  organizations(): OrganizationConfig[];
  /** Where the database is, and what said so. */
  databasePath(): string;
  /** The store; `create` makes the database if there is none. */
  openStore(create: boolean): Promise<StoreContext>;
  /** The store for reading only, or undefined where there is no database yet. */
  openExistingStore(): Promise<StoreContext | undefined>;
  /** Smartlead with the organization's key, or a sentence that says why there is no key. */
  smartlead(): Promise<SmartleadAccess | string>;
  /** {@link smartlead} for any organization of the rules file. */
  smartleadFor(organization: OrganizationConfig): Promise<SmartleadAccess | string>;
  /** What names the organization's key in the database; undefined where the key is not at hand. */
  keyId(): string | undefined;
  /** The global flags as they were given, to repeat them in a suggested command. */
  flags: string;
  close(): Promise<void>;
}

/** The key of the built-in sandbox. Every installation has the same; it opens nothing but the stand-in. */
const SANDBOX_KEY = 'sandbox';

/** Names a key without telling it. */
function idOfKey(value: string): string {
  return createHash('sha256').update(value).digest('hex').slice(0, 16);
}

/** Builds the context of one command from its options and the environment. */
export function makeContext(command: Command, terminal: Terminal): Context {
  const globals = globalsSchema.parse(command.optsWithGlobals());
  const { env } = terminal;
  const closers: Array<() => Promise<void> | void> = [];
  let rules: RulesFile | undefined;
  let config: OrganizationConfig | undefined;
  let access: Promise<SmartleadAccess | string> | undefined;
  let sandbox: Promise<RunningSandbox> | undefined;
  loadDotEnv(process.cwd());

  const context: Context = {
    terminal,
    sandbox: globals.sandbox,
    flags: commandFlags({ ...globals }),
    rulesFile() {
      if (!rules) {
        rules = loadRulesFile(findRulesFile({ flag: globals.rules, env, cwd: process.cwd() }));
        for (const warning of rules.warnings) terminal.say(warning);
      }
      return rules;
    },
    organization() {
      config ??= pickOrganization(context.rulesFile(), globals.org ?? env.DRASON_ORG);
      return config;
    },
    organizations() {
      const named = globals.org ?? env.DRASON_ORG;
      return named ? [context.organization()] : [...context.rulesFile().organizations.values()];
    },
    databasePath() {
      if (globals.sandbox) return globals.db ?? join(dataDir(env), 'sandbox', 'drason.db');
      const named = globals.db || env.DRASON_DB;
      const fromRules = named ? undefined : context.rulesFile().database;
      return findDatabase({ flag: globals.db, env, fromRules }).path;
    },
    async openStore(create) {
      const { openStore, closeStore } = await import('../store/open.js');
      const store = await openStore(context.databasePath(), globals.sandbox ? 'sandbox' : 'live', systemClock, create);
      closers.push(() => closeStore(store));
      return store;
    },
    async openExistingStore() {
      const path = context.databasePath();
      if (!existsSync(path)) return undefined;
      const { openStoreReadOnly, closeStore } = await import('../store/open.js');
      const store = await openStoreReadOnly(path, globals.sandbox ? 'sandbox' : 'live', systemClock);
      closers.push(() => closeStore(store));
      return store;
    },
    smartlead() {
      access ??= context.smartleadFor(context.organization());
      return access;
    },
    async smartleadFor(organization) {
      return globals.sandbox ? openSandbox(organization) : openSmartlead(organization);
    },
    keyId() {
      if (globals.sandbox) return idOfKey(SANDBOX_KEY);
      const key = readSecret(context.organization().smartlead.apiKeyEnv, env);
      return key && idOfKey(key.value);
    },
    async close() {
      for (const closer of closers.reverse()) await closer();
    },
  };

  async function connect(baseUrl: string, key: SmartleadAccess['key']): Promise<SmartleadAccess> {
    const [{ makeClient }, { version }] = await Promise.all([
      import('../smartlead/client.js'),
      import('../version.js'),
    ]);
    const target = isLoopback(new URL(baseUrl).hostname) ? 'this machine' : 'smartlead';
    return { client: makeClient(baseUrl, key.value, version()), keyId: idOfKey(key.value), key, target };
  }

  async function openSmartlead(organization: OrganizationConfig): Promise<SmartleadAccess | string> {
    const name = organization.smartlead.apiKeyEnv;
    const key = readSecret(name, env);
    if (!key) return `no Smartlead key: neither ${name} nor ${name}_FILE is set`;
    return connect(smartleadBaseUrl(organization, env), key);
  }

  async function openSandbox(organization: OrganizationConfig): Promise<SmartleadAccess> {
    sandbox ??= startOwnSandbox(organization);
    return connect((await sandbox).url, { value: SANDBOX_KEY, from: 'the sandbox' });
  }

  async function startOwnSandbox(organization: OrganizationConfig): Promise<RunningSandbox> {
    const { startSandbox } = await import('../sandbox/server.js');
    const [first] = organization.smartlead.rateLimit;
    const path = context.databasePath();
    const started = await startSandbox({
      // what makes no database makes no account either
      ...(existsSync(path) ? { accountFile: `${path}.account` } : {}),
      ...(first ? { rateLimit: { requests: first.requests, windowMs: first.perMs } } : {}),
    });
    closers.push(() => started.close());
    const campaigns = [...context.rulesFile().organizations.values()].flatMap((one) => one.rules);
    started.account.ensureCampaigns(campaigns.map((rule) => rule.target_campaign_id));
    return started;
  }

  return context;
}
