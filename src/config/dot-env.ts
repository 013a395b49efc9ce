/** `.env` files: what they set, where the environment does not, and which line of which file said so. */
import { statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseEnv } from 'node:util';
import { RulesFileError, UsageError } from '../errors.js';
import { lookForRulesFile } from './locate.js';
import { readCapped, systemReason } from './read-capped.js';

const MAX_BYTES = 256 * 1024;

interface DotEnv {
  path: string;
  text: string;
  values: NodeJS.Dict<string>;
}

/** The line of a `.env` file that set a variable. */
export interface EnvLine {
  /** Absolute. */
  path: string;
  line: number;
}

function readDotEnv(folder: string): DotEnv | undefined {
  const path = join(folder, '.env');
  try {
    const found = statSync(path, { throwIfNoEntry: false });
    // Python projects have a directory of that name
    if (!found || found.isDirectory()) return undefined;
    const text = readCapped(path, MAX_BYTES)
      ?.toString('utf8')
      .replace(/^\uFEFF/, '');
    if (text === undefined) throw new UsageError(`${path} is too large for a .env file`);
    return { path, text, values: parseEnv(text) };
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`Cannot read ${path}: ${systemReason(error)}`);
  }
}

/** The last line that sets `name`. A line that only looks like it, inside a value of several lines, does not count. */
function lineOf({ text }: DotEnv, name: string): number {
  const lines = text.split('\n');
  const setsIt = new RegExp(`^(\\s*(?:export\\s+)?)${name}(?=\\s*=)`);
  for (let index = lines.length - 1; index >= 0; index--) {
    const line = lines[index] ?? '';
    if (!setsIt.test(line)) continue;
    // Under another name, does the whole still set something by it?
    const probe = `${name}_PROBE_${index}`;
    if (probe in parseEnv(lines.with(index, line.replace(setsIt, `$1${probe}`)).join('\n'))) return index + 1;
  }
  return 1;
}

/** Where the rules file is by what is known so far; that it is missing is told by whoever needs it. */
function rulesFolder(flag: string | undefined, env: NodeJS.ProcessEnv, cwd: string): string | undefined {
  try {
    const path = lookForRulesFile({ flag, env, cwd });
    return path === undefined ? undefined : dirname(path);
  } catch (error) {
    if (error instanceof RulesFileError) return undefined;
    throw error;
  }
}

/**
 * Adds to `env` what is not set there: first from the `.env` beside the rules file, then from that in `cwd`, which may
 * name the rules file. Returns where a variable came from, if it came from one of them. Throws a UsageError for a file
 * that cannot be read.
 */
export function loadDotEnv(place: {
  env: NodeJS.ProcessEnv;
  cwd: string;
  rulesFlag?: string | undefined;
}): (name: string) => EnvLine | undefined {
  const { env, cwd, rulesFlag } = place;
  const here = readDotEnv(cwd);
  const folder = rulesFolder(rulesFlag, { ...here?.values, ...env }, cwd);
  const beside = folder === undefined || folder === resolve(cwd) ? undefined : readDotEnv(folder);
  // A file beside the rules file cannot name another one.
  if (beside) delete beside.values.DRASON_RULES;
  const from = new Map<string, DotEnv>();
  for (const file of [beside, here]) {
    for (const [name, value] of Object.entries(file?.values ?? {})) {
      if (!file || env[name] !== undefined) continue;
      env[name] = value;
      from.set(name, file);
    }
  }
  return (name) => {
    const file = from.get(name);
    return file && { path: file.path, line: lineOf(file, name) };
  };
}
