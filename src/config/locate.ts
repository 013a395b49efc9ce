/** Where the rules file and the database are: flag, environment, then the usual places. */
import { existsSync } from 'node:fs';
import { isAbsolute, join, resolve } from 'node:path';
import envPaths from 'env-paths';
import { RulesFileError } from '../errors.js';

type Env = NodeJS.ProcessEnv;

interface Asked {
  flag?: string | undefined;
  env: Env;
  cwd: string;
}

const usualFolders = ({ env, cwd }: Asked) => [cwd, configDir(env)];
const usualPlaces = (asked: Asked) =>
  usualFolders(asked).flatMap((folder) => [join(folder, 'rules.yaml'), join(folder, 'rules.yml')]);

/**
 * The rules file's absolute path: --rules, DRASON_RULES, ./rules.yaml, the user's config directory; undefined where
 * there is none. Throws a RulesFileError when one is named that does not exist.
 */
export function lookForRulesFile(asked: Asked): string | undefined {
  const { flag, env, cwd } = asked;
  const named = flag || env.DRASON_RULES;
  if (!named) return usualPlaces(asked).find((path) => existsSync(path));
  const path = resolve(cwd, named);
  if (existsSync(path)) return path;
  throw new RulesFileError(
    `${flag ? '--rules' : 'DRASON_RULES'} names a rules file that does not exist: ${path}`,
    undefined,
    'Check the name, or write one there: drason init FILE',
  );
}

/** {@link lookForRulesFile} where there must be one. Throws a RulesFileError. */
export function findRulesFile(asked: Asked): string {
  const found = lookForRulesFile(asked);
  if (found) return found;
  throw new RulesFileError(
    `No rules file: --rules and DRASON_RULES are not set, and there is none at ${usualFolders(asked)
      .map((folder) => join(folder, 'rules.yaml'))
      .join(' or ')}`,
    undefined,
    'Write one to begin with: drason init',
  );
}

export interface DatabasePlace {
  path: string;
  from: 'flag' | 'environment' | 'rules file' | 'default';
}

/** The database's absolute path: --db, DRASON_DB, the rules file's `database`, the user's data directory. */
export function findDatabase(asked: {
  flag?: string | undefined;
  env: Env;
  fromRules?: string | undefined;
}): DatabasePlace {
  if (asked.flag) return { path: resolve(asked.flag), from: 'flag' };
  if (asked.env.DRASON_DB) return { path: resolve(asked.env.DRASON_DB), from: 'environment' };
  if (asked.fromRules) return { path: resolve(asked.fromRules), from: 'rules file' };
  return { path: join(dataDir(asked.env), 'drason.db'), from: 'default' };
}

/** The user's directory for drason's data. It may not exist yet. */
export function dataDir(env: Env): string {
  return xdgDir(env.XDG_DATA_HOME) ?? envPaths('drason', { suffix: '' }).data;
}

/** The user's directory for drason's settings. It may not exist. */
export function configDir(env: Env): string {
  return xdgDir(env.XDG_CONFIG_HOME) ?? envPaths('drason', { suffix: '' }).config;
}

/** env-paths knows the process's own environment only, and takes a relative path, which the XDG standard forbids. */
function xdgDir(base: string | undefined): string | undefined {
  if (process.platform === 'darwin' || process.platform === 'win32') return undefined;
  return base && isAbsolute(base) ? join(base, 'drason') : undefined;
}
