import { existsSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { z } from 'zod';
import { systemClock } from '../clock.js';
import { standInUrl } from '../config/base-url.js';
import { loadDotEnv } from '../config/dot-env.js';
import { loadRulesFile, pickOrganization, type RulesFile } from '../config/load.js';
import { dataDir, findDatabase, findRulesFile, lookForRulesFile } from '../config/locate.js';
import type { OrganizationConfig } from '../config/schema.js';
import { keyIdOf, readSecret } from '../config/secrets.js';
import type { Asked } from '../config/settings.js';
import { DatabaseError, RulesFileError, UsageError } from '../errors.js';
import type { SmartleadAccess } from '../pipeline/run-context.js';
import type { RunningSandbox } from '../sandbox/server.js';
import type { StoreContext } from '../store/engine/context.js';
import type { Identity } from '../store/settings/identity.js';
import { commandFlags } from '../text/command-flags.js';
import type { Terminal } from './terminal.js';

const globalsSchema = z.object({
  rules: z.string().optional(),
  db: z.string().optional(),
  org: z.string().optional(),
  sandbox: z.boolean().default(false),
  adopt: z.boolean().default(false),
});

/** What a command works with; each part is made when it is first asked for. */
export interface Context {
  terminal: Terminal;
  /** --sandbox: the built-in stand-in for Smartlead. */
  sandbox: boolean;
  /** What stands in for Smartlead, in a few words: --sandbox, or a base URL on this machine; undefined for Smartlead itself. */
  standIn(): string | undefined;
  rulesFile(): RulesFile;
  organization(): OrganizationConfig;
  /** The one that is named with --org or DRASON_ORG, else all of the rules file. Never empty. */
  organizations(): OrganizationConfig[];
  /** Where the database is, and what said so. */
  databasePath(): string;
  /** The store; `create` makes the database if there is none. */
  openStore(create: boolean): Promise<StoreContext>;
  /**
   * {@link openStore}, for what pushes or changes who is mailed. Throws a UsageError when the database is another
   * client's: an organization of this name that was used with another rules file and another key.
   */
  openOwnStore(create: boolean): Promise<StoreContext>;
  /** The store for reading only, or undefined where there is no database yet. */
  openExistingStore(): Promise<StoreContext | undefined>;
  /** {@link openExistingStore}, for what cannot do without. Throws a DatabaseError where there is no database yet. */
  readStore(): Promise<StoreContext>;
  /** What tells an organization of the rules file from one of the same name in another's. */
  identityOf(organization: OrganizationConfig): Identity;
  /** Smartlead with the organization's key, or a sentence that says why there is no key. */
  smartlead(): Promise<SmartleadAccess | string>;
  /** {@link smartlead} for any organization of the rules file. */
  smartleadFor(organization: OrganizationConfig): Promise<SmartleadAccess | string>;
  /** What the database calls the organization's key; undefined where there is none, or it cannot be read. */
  keyId(): string | undefined;
  /** The organization that was asked for with --org or DRASON_ORG. */
  askedOrganization: string | undefined;
  /** What the settings come from. `store`: where some may be kept. Throws what reading the rules file throws. */
  asked(store: StoreContext | undefined): Promise<Asked>;
  /** The global flags as they were given, to repeat them in a suggested command. */
  flags: string;
  close(): Promise<void>;
}

/** Runs the work of a command with its context, and closes what that has opened. */
export async function withContext(
  command: Command,
  terminal: Terminal,
  work: (context: Context) => Promise<void>,
): Promise<void> {
  const context = makeContext(command, terminal);
  try {
    await work(context);
  } finally {
    await context.close();
  }
}

/** The key of the built-in sandbox. Every installation has the same; it opens nothing but the stand-in. */
const SANDBOX_KEY = 'sandbox';

/** Builds the context of one command from its options and the environment. */
export function makeContext(command: Command, terminal: Terminal): Context {
  const globals = globalsSchema.parse(command.optsWithGlobals());
  const { env } = terminal;
  const closers: Array<() => Promise<void> | void> = [];
  let rules: RulesFile | undefined;
  let config: OrganizationConfig | undefined;
  let access: Promise<SmartleadAccess | string> | undefined;
  let sandbox: Promise<RunningSandbox> | undefined;
  const lineOfVariable = loadDotEnv({ env, cwd: process.cwd(), rulesFlag: globals.rules });
  const rulesPlace = { flag: globals.rules, env, cwd: process.cwd() };

  const context: Context = {
    terminal,
    sandbox: globals.sandbox,
    flags: commandFlags({ ...globals, adopt: false }),
    askedOrganization: (globals.org ?? env.DRASON_ORG) || undefined,
    rulesFile() {
      if (!rules) {
        rules = loadRulesFile(findRulesFile(rulesPlace));
        for (const warning of rules.warnings) terminal.say(warning);
      }
      return rules;
    },
    organization() {
      config ??= pickOrganization(context.rulesFile(), globals.org ?? env.DRASON_ORG);
      return config;
    },
    organizations() {
      const asked = globals.org ?? env.DRASON_ORG;
      return asked ? [context.organization()] : [...context.rulesFile().organizations.values()];
    },
    async asked(store) {
      const databasePath = context.databasePath();
      const { keptSettings } = await import('../store/settings/push-settings.js');
      const organization = context.organization();
      const kept = store ? await keptSettings(store, organization.organization) : [];
      return {
        rules: context.rulesFile(),
        config: organization,
        flags: globals,
        env,
        lineOfVariable,
        databasePath,
        kept,
      };
    },
    databasePath() {
      if (globals.sandbox) return globals.db ?? join(dataDir(env), 'sandbox', 'drason.db');
      // Commands that only read do without rules, as long as nothing but the rules file could name the database.
      const named = globals.db || env.DRASON_DB || !lookForRulesFile(rulesPlace);
      return findDatabase({ flag: globals.db, env, fromRules: named ? undefined : context.rulesFile().database }).path;
    },
    async openStore(create) {
      const { openStore, closeStore } = await import('../store/engine/open.js');
      const store = await openStore(context.databasePath(), globals.sandbox ? 'sandbox' : 'live', systemClock, create);
      closers.push(() => {
        if (store.db.open) closeStore(store);
      });
      return store;
    },
    async openOwnStore(create) {
      const store = await context.openStore(create);
      if (globals.sandbox) return store;
      const { claimIdentity } = await import('../store/settings/identity.js');
      for (const one of context.organizations()) await claimIdentity(store, context.identityOf(one), globals.adopt);
      return store;
    },
    identityOf({ organization, smartlead }) {
      return {
        organization,
        rulesFile: realpathSync(context.rulesFile().path),
        keyId: fingerprint(smartlead.apiKeyEnv),
        keyFrom: smartlead.apiKeyEnv,
      };
    },
    async openExistingStore() {
      const path = context.databasePath();
      if (!existsSync(path)) return undefined;
      const { openStoreReadOnly, closeStore } = await import('../store/engine/open.js');
      const store = await openStoreReadOnly(path, globals.sandbox ? 'sandbox' : 'live', systemClock);
      closers.push(() => closeStore(store));
      return store;
    },
    async readStore() {
      const store = await context.openExistingStore();
      if (store) return store;
      throw new DatabaseError(
        `there is no database at ${context.databasePath()}`,
        'Run drason ingest first, or name another with --db.',
      );
    },
    smartlead() {
      access ??= context.smartleadFor(context.organization());
      return access;
    },
    async smartleadFor(organization) {
      return globals.sandbox ? openSandbox(organization) : openSmartlead(organization);
    },
    standIn() {
      if (globals.sandbox) return 'the built-in stand-in for Smartlead';
      const url = standInUrl(context.organization(), env);
      return url && `a stand-in for Smartlead on this machine (${url})`;
    },
    keyId() {
      if (globals.sandbox) return keyIdOf(SANDBOX_KEY);
      try {
        return fingerprint(context.organization().smartlead.apiKeyEnv);
      } catch (error) {
        if (error instanceof UsageError || error instanceof RulesFileError) return undefined;
        throw error;
      }
    },
    async close() {
      for (const closer of closers.reverse()) await closer();
    },
  };

  function fingerprint(variable: string): string | undefined {
    try {
      const key = readSecret(variable, env);
      return key && keyIdOf(key.value);
    } catch (error) {
      if (error instanceof UsageError) return undefined;
      throw error;
    }
  }

  async function openSmartlead(organization: OrganizationConfig): Promise<SmartleadAccess | string> {
    const { accessOf } = await import('../pipeline/access.js');
    return accessOf(organization, env);
  }

  async function openSandbox(organization: OrganizationConfig): Promise<SmartleadAccess> {
    sandbox ??= startOwnSandbox(organization);
    const { accessTo } = await import('../pipeline/access.js');
    return accessTo((await sandbox).url, { value: SANDBOX_KEY, from: 'the sandbox' });
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
