import type { Clock } from '../clock.js';
import { smartleadBaseUrl } from '../config/base-url.js';
import type { RulesFile } from '../config/load.js';
import type { OrganizationConfig } from '../config/schema.js';
import { makeAsk } from '../delivery/ask-smartlead.js';
import { pushSettingsOf } from '../pipeline/push-settings.js';
import type { SmartleadAccess } from '../pipeline/run-context.js';
import type { StoreContext } from '../store/engine/context.js';
import { closeStore, openScratchStore } from '../store/engine/open.js';
import { targetProblem } from '../store/engine/target.js';
import { saveCampaigns } from '../store/rosters/campaigns.js';
import type { Identity } from '../store/settings/identity.js';
import { keptSettings } from '../store/settings/push-settings.js';
import { checkEvents, checkInputs } from './check-arrivals.js';
import { checkCampaigns } from './check-campaigns.js';
import { checkClient } from './check-client.js';
import { checkDatabase, checkPushes } from './check-database.js';
import { checkVersions } from './check-machine.js';
import { checkGate, checkRules } from './check-rules.js';
import { checkSecrets } from './check-secrets.js';
import { checkSmartlead } from './check-smartlead.js';
import { checkStops } from './check-stops.js';
import { type Finding, failed, failedBy, ok } from './finding.js';

/** One line of the check-list. `organization` is null where it is about all of them. */
export type Check = Finding & { organization: string | null };

/** What is looked at. Each function may throw what other commands end with. */
export interface SetUp {
  clock: Clock;
  env: NodeJS.ProcessEnv;
  rulesFile(): RulesFile;
  organizations(): OrganizationConfig[];
  databasePath(): string;
  openStore(create: boolean): Promise<StoreContext>;
  smartleadFor(organization: OrganizationConfig): Promise<SmartleadAccess | string>;
  sandbox: boolean;
  identityOf(organization: OrganizationConfig): Identity;
}

const RULES_FIX = 'Correct the rules file; rules.example.yaml shows every setting.';

function checkRulesFile(setUp: SetUp): { finding: Finding; organizations: OrganizationConfig[] } {
  try {
    const { path, organizations } = setUp.rulesFile();
    const names = [...organizations.keys()].join(', ');
    return { finding: ok('rules file', `${path} (${names})`), organizations: setUp.organizations() };
  } catch (error) {
    return { finding: failedBy('rules file', error, RULES_FIX), organizations: [] };
  }
}

async function findAccess(setUp: SetUp, config: OrganizationConfig): Promise<SmartleadAccess | Finding> {
  const { apiKeyEnv } = config.smartlead;
  const fix = `Set ${apiKeyEnv}, or name a file that holds the key in ${apiKeyEnv}_FILE.`;
  try {
    smartleadBaseUrl(config, setUp.env);
  } catch (error) {
    return failedBy('smartlead', error, 'Correct SMARTLEAD_BASE_URL, or leave it unset.');
  }
  try {
    const access = await setUp.smartleadFor(config);
    return typeof access === 'string' ? failed('key', access, fix) : access;
  } catch (error) {
    return failedBy('key', error, fix);
  }
}

/** Checks key, Smartlead and campaigns. Without a database the limit is kept in one that is gone afterwards. */
async function* checkAccess(
  setUp: SetUp,
  config: OrganizationConfig,
  store: StoreContext | undefined,
): AsyncGenerator<Finding> {
  const access = await findAccess(setUp, config);
  if ('state' in access) {
    yield access;
    return;
  }
  const otherTarget = store && (await targetProblem(store, access.target));
  if (otherTarget) yield failedBy('database', otherTarget, 'Name another database with --db.');
  const budget = store ?? (await openScratchStore(setUp.clock));
  try {
    const windows = async () => (await pushSettingsOf(budget, config)).rateLimit;
    const ask = makeAsk(budget, access.keyId, windows, setUp.clock);
    const listed = yield* checkSmartlead(access, ask, setUp.clock);
    if (!listed) return;
    const campaigns = yield* checkCampaigns(config.rules, listed, access.client, ask, setUp.clock);
    const named = campaigns.flatMap(({ id, name, status }) =>
      name === undefined ? [] : [{ id, name, status: status ?? null }],
    );
    if (store && !otherTarget) await saveCampaigns(store, config.organization, named);
  } finally {
    if (!store) closeStore(budget);
  }
}

/** Whoever reads the rules file must know what holds instead of it. */
async function* checkKeptSettings(store: StoreContext, config: OrganizationConfig): AsyncGenerator<Finding> {
  const kept = await keptSettings(store, config.organization);
  if (kept.length === 0) return;
  const list = kept.map(({ setting, value }) => `${setting} ${value}`).join(', ');
  yield ok('settings', `kept in the database over the rules file, set on the admin page: ${list}`);
}

async function* checkOrganization(
  setUp: SetUp,
  config: OrganizationConfig,
  store: StoreContext | undefined,
): AsyncGenerator<Finding> {
  if (store && !setUp.sandbox) yield* await checkClient(store, setUp.identityOf(config));
  if (store) yield* checkKeptSettings(store, config);
  yield* checkRules(config);
  yield* checkSecrets(config, setUp.env);
  yield* checkAccess(setUp, config, store);
  if (!store) return;
  yield await checkPushes(store, config.organization);
  yield* checkStops(store, config.organization);
  yield* checkInputs(store, config.organization);
  yield* checkEvents(store, config.organization);
}

const forAll = (finding: Finding): Check => ({ ...finding, organization: null });

/** The database, where it is known where it lies: a rules file that cannot be read may name it. */
async function* checkStore(setUp: SetUp): AsyncGenerator<Check, StoreContext | undefined> {
  try {
    setUp.databasePath();
  } catch {
    return undefined;
  }
  const findings = checkDatabase(setUp);
  for (;;) {
    const { done, value } = await findings.next();
    if (done) return value;
    yield forAll(value);
  }
}

/** Checks a set-up from end to end, and tells of each check when it is done. The rules file's own errors are findings. */
export async function* checkUp(setUp: SetUp): AsyncGenerator<Check> {
  yield forAll(checkVersions());
  yield forAll(checkGate());
  const { finding, organizations } = checkRulesFile(setUp);
  yield forAll(finding);
  const store = yield* checkStore(setUp);
  for (const config of organizations) {
    const { organization } = config;
    for await (const found of checkOrganization(setUp, config, store)) yield { ...found, organization };
  }
}
