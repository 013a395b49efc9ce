import { dirname, join } from 'node:path';
import { dataDir } from '../config/locate.js';
import { DrasonError } from '../errors.js';
import { type Kept, type Output, openOutput } from '../output-file.js';
import type { Context } from './context.js';

/** An output of a command, as it was asked for. */
interface Asked {
  file: string;
  /** For messages: `the rejects file`. */
  what: string;
  force: boolean;
  /** What the command reads; `-` is stdin. */
  inputs?: readonly string[];
  /** Whether it may take the place of what drason has written there before. */
  replacesOwn: boolean;
  /** The output is a database itself. */
  isDatabase?: boolean;
  /** The output is the rules file itself. */
  isRules?: boolean;
}

/**
 * Checks that a command may write a file: never over the database and what lies beside it, the rules file, secrets and
 * inputs, nor over any other file that drason did not write. Throws a UsageError.
 */
export function outputFor(
  context: Context,
  { file, what, force, inputs = [], replacesOwn, isDatabase, isRules }: Asked,
): Output {
  const read = inputs.map((name) => ({ path: name === '-' ? '/dev/stdin' : name, what: 'an input' }));
  return openOutput({
    file,
    what,
    force,
    isDatabase,
    kept: [...read, ...keptFiles(context, isRules === true)],
    records: replacesOwn ? join(dataDir(context.terminal.env), 'outputs') : undefined,
  });
}

/** What no output of any command may take the place of. */
function keptFiles(context: Context, isRules: boolean): Kept[] {
  const { env } = context.terminal;
  const rules = ifAny(() => context.rulesFile().path);
  const database = ifAny(() => context.databasePath());
  const databases = [database, join(dataDir(env), 'sandbox', 'drason.db')].flatMap((path) => databaseFiles(path));
  const secrets = Object.entries(env).flatMap(([name, path]) =>
    /_FILE$/.test(name) && path ? [{ path, what: `the file in ${name}` }] : [],
  );
  const folders = ['.', ...(rules === undefined ? [] : [dirname(rules)])];
  return [
    ...databases,
    ...(rules === undefined || isRules ? [] : [{ path: rules, what: 'the rules file' }]),
    ...folders.map((folder) => ({ path: join(folder, '.env'), what: '.env' })),
    ...secrets,
  ];
}

function databaseFiles(path: string | undefined): Kept[] {
  if (path === undefined) return [];
  const family = (file: string, what: string) =>
    ['', '-wal', '-shm', '-journal'].map((end) => ({
      path: file + end,
      what: end === '' ? what : `${what}'s ${end.slice(1)}`,
    }));
  return [
    ...family(path, 'the database'),
    ...family(`${path}.account`, "the sandbox's account"),
    { path: `${path}.rejects`, what: 'the rejected rows that are kept beside the database' },
  ];
}

/** A rules file that is not there, or cannot be read, keeps nothing. */
function ifAny<T>(find: () => T): T | undefined {
  try {
    return find();
  } catch (error) {
    if (error instanceof DrasonError) return undefined;
    throw error;
  }
}
