/** What applies, and what said so: the settings of one organization with their origins. */
import { basename } from 'node:path';
import prettyMs from 'pretty-ms';
import { DrasonError } from '../errors.js';
import { smartleadBaseUrl } from './base-url.js';
import type { EnvLine } from './dot-env.js';
import { type RulesFile, shortPath } from './load.js';
import { FLAGS, layOver, type PushSettingName } from './push-settings.js';
import type { OrganizationConfig } from './schema.js';
import { readSecret } from './secrets.js';
import { windowTexts } from './windows.js';

/** One setting, under the name that the rules file has for it. */
export interface Setting {
  setting: string;
  /** null: there is none. A secret is `set`, `not set`, or why it cannot be used; of a long list it is the length. */
  value: string | number | boolean | readonly string[] | null;
  origin: 'flag' | 'environment' | 'database' | 'rules file' | 'default';
  /** The flag, the variable, the admin page and when, or the file and line; null for a default. Where a secret is not set: what was looked for. */
  from: string | null;
}

/** A setting that the database keeps over the rules file. */
interface Kept {
  setting: string;
  value: string | number | boolean;
  /** ISO 8601 UTC. */
  since: string;
}

/** Everything that has a say in the settings of an organization. */
export interface Asked {
  rules: RulesFile;
  config: OrganizationConfig;
  flags: { rules?: string | undefined; db?: string | undefined; org?: string | undefined; sandbox: boolean };
  env: NodeJS.ProcessEnv;
  /** The line of a .env file that set a variable; undefined where the environment itself did. */
  lineOfVariable: (name: string) => EnvLine | undefined;
  databasePath: string;
  /** Empty where there is no database. */
  kept: readonly Kept[];
}

/** What says something about a setting; empty where it does not. */
interface Says {
  flag?: string | false | undefined;
  variable?: string | false | undefined;
  kept?: Kept | undefined;
  line?: number | undefined;
}

/** What set a setting that the database keeps. */
const fromPage = ({ since }: Kept) => `admin page, ${since}`;

/** A variable as it is shown, with the line of the .env file that set it. */
function variableText(name: string, shown: string, { lineOfVariable }: Pick<Asked, 'lineOfVariable'>): string {
  const found = lineOfVariable(name);
  return found ? `${shown}, ${shortPath(found.path)}:${found.line}` : shown;
}

/** The order of precedence: flag, environment, database, rules file, default. */
function originOf({ flag, variable, kept, line }: Says, asked: Asked): Pick<Setting, 'origin' | 'from'> {
  const { rules } = asked;
  if (flag) return { origin: 'flag', from: flag };
  if (variable) return { origin: 'environment', from: variableText(variable, variable, asked) };
  if (kept) return { origin: 'database', from: fromPage(kept) };
  if (line !== undefined) return { origin: 'rules file', from: `${basename(rules.path)}:${line}` };
  return { origin: 'default', from: null };
}

type OriginOfSetting = Pick<Setting, 'setting' | 'origin' | 'from'>;

/** Where the settings came from that flags and variables can set. */
function openOrigins(asked: Asked): Record<'rules' | 'database' | 'name' | 'url', OriginOfSetting> {
  const { rules, config, flags, env } = asked;
  const line = (...path: string[]) => rules.lineOf(config.organization, path);
  const origin = (setting: string, says: Says) => ({ setting, ...originOf(says, asked) });
  const several = rules.lineOfFile('organizations') !== undefined;
  const sandbox = flags.sandbox && '--sandbox';
  return {
    rules: origin('rules file', { flag: flags.rules && '--rules', variable: env.DRASON_RULES && 'DRASON_RULES' }),
    database: origin('database', {
      flag: (flags.db && '--db') || sandbox,
      variable: env.DRASON_DB && 'DRASON_DB',
      line: rules.lineOfFile('database'),
    }),
    name: origin('organization', {
      flag: flags.org && '--org',
      variable: env.DRASON_ORG && 'DRASON_ORG',
      line: several ? line() : line('organization'),
    }),
    url: origin('smartlead.base_url', {
      flag: sandbox,
      variable: env.SMARTLEAD_BASE_URL?.trim() && 'SMARTLEAD_BASE_URL',
      line: line('smartlead', 'base_url'),
    }),
  };
}

/** The settings that neither the rules file nor a default gave. That of --sandbox is told as what it is: a rehearsal. */
export function settingsFromElsewhere(asked: Asked): Array<{ setting: string; from: string }> {
  const open = Object.values(openOrigins(asked)).flatMap(({ setting, origin, from }) => {
    const elsewhere = origin === 'flag' || origin === 'environment';
    return elsewhere && from !== null && from !== '--sandbox' ? [{ setting, from }] : [];
  });
  return [...open, ...asked.kept.map((kept) => ({ setting: kept.setting, from: fromPage(kept) }))];
}

/** Whether a secret is there, and where; never what it is. */
function secretSetting(setting: string, variable: string, asked: Asked): Setting {
  const { env } = asked;
  const lookedFor = `${variable}, ${variable}_FILE`;
  try {
    const secret = readSecret(variable, env);
    const set = env[variable]?.trim() ? variable : `${variable}_FILE`;
    if (secret) return { setting, value: 'set', origin: 'environment', from: variableText(set, secret.from, asked) };
    return { setting, value: 'not set', origin: 'default', from: lookedFor };
  } catch (error) {
    if (!(error instanceof DrasonError)) throw error;
    return { setting, value: `cannot be used: ${error.message}`, origin: 'environment', from: lookedFor };
  }
}

const span = (milliseconds: number) => prettyMs(milliseconds, { secondsDecimalDigits: 3 });

/** The settings of an organization, in the order of rules.example.yaml. Throws a UsageError for a wrong base URL. */
export function settingsOf(asked: Asked): Setting[] {
  const { rules, config, flags, env, databasePath, kept } = asked;
  const { smartlead, health, alerts } = config;
  const inFile = (setting: string, value: Setting['value']): Setting => ({
    setting,
    value,
    ...originOf({ line: rules.lineOf(config.organization, setting.split('.')) }, asked),
  });
  const inDatabaseOrFile = (setting: PushSettingName, value: Setting['value']): Setting => {
    const one = kept.find((each) => each.setting === setting);
    return one ? { setting, value, ...originOf({ kept: one }, asked) } : inFile(setting, value);
  };
  const pushes = layOver(smartlead, Object.fromEntries(kept.map(({ setting, value }) => [setting, value])));
  const secret = (setting: string, variable: string | undefined): Setting[] => {
    const name = inFile(`${setting}_env`, variable ?? null);
    return variable === undefined ? [name] : [name, secretSetting(setting, variable, asked)];
  };
  const open = openOrigins(asked);
  const hashVariable = rules.admin?.passwordHashEnv;
  const baseUrl = flags.sandbox ? 'the local stand-in' : smartleadBaseUrl(config, env);
  const sandboxKey: Setting = { setting: 'smartlead.api_key', value: 'set', origin: 'flag', from: '--sandbox' };
  return [
    { ...open.rules, value: rules.path },
    { ...open.database, value: databasePath },
    { ...open.name, value: config.organization },
    {
      setting: 'admin.password_hash_env',
      value: hashVariable ?? null,
      ...originOf({ line: rules.lineOfFile('admin') }, asked),
    },
    ...(hashVariable === undefined ? [] : [secretSetting('admin.password_hash', hashVariable, asked)]),
    {
      setting: 'serve.public_url',
      value: rules.serve?.publicUrls ?? null,
      ...originOf({ line: rules.lineOfFile('serve') }, asked),
    },
    inFile('smartlead.api_key_env', smartlead.apiKeyEnv),
    flags.sandbox ? sandboxKey : secretSetting('smartlead.api_key', smartlead.apiKeyEnv, asked),
    { ...open.url, value: baseUrl },
    inDatabaseOrFile('smartlead.batch_size', pushes.batchSize),
    inDatabaseOrFile('smartlead.rate_limit', windowTexts(pushes.rateLimit)),
    ...FLAGS.map((name) => inDatabaseOrFile(`smartlead.settings.${name}`, pushes.settings[name])),
    inFile('smartlead.custom_fields_limit', smartlead.customFieldsLimit),
    ...secret('smartlead.webhook_secret', smartlead.webhookSecretEnv),
    inFile('health.green_at', health.greenAt),
    inFile('health.yellow_at', health.yellowAt),
    inFile('health.penalties.role', health.penalties.role),
    inFile('health.penalties.tld', health.penalties.tld),
    inFile('health.penalties.catch_all', health.penalties.catchAll),
    inFile('health.penalties.typo', health.penalties.typo),
    inFile('health.allow', health.allow.length),
    inFile('health.block', health.block.length),
    ...Object.entries(config.fields).map(([field, column]) => inFile(`fields.${field}`, column)),
    ...Object.entries(config.signFields).flatMap(([field, columns]) =>
      columns.length === 0 ? [] : [inFile(`fields.${field}`, columns)],
    ),
    inFile('custom_fields', config.customFields),
    inFile('rules', config.rules.length),
    inFile('tests', config.tests.length),
    ...secret('clay.secret', config.clay?.secretEnv),
    ...secret('alerts.url', alerts?.urlEnv),
    ...(alerts ? [inFile('alerts.failure_rate', alerts.failureRate)] : []),
    ...(alerts ? [inFile('alerts.window', span(alerts.windowMs))] : []),
  ];
}
