/** Keys and other secrets: from a variable, or from the file that a variable names. Never from the rules file. */
import { createHash } from 'node:crypto';
import { UsageError } from '../errors.js';
import { rememberSecret } from '../redact.js';
import { readCapped, systemReason } from './read-capped.js';

const MAX_BYTES = 64 * 1024;

export interface Secret {
  value: string;
  /** For messages: `SMARTLEAD_API_KEY`, or `the file in SMARTLEAD_API_KEY_FILE`. */
  from: string;
}

/**
 * The secret in the variable `name`, else in the file that `name`_FILE names; undefined when neither is set. From here
 * on redact() hides it. Throws a UsageError, which never holds the value, when it cannot be one or cannot be read.
 */
export function readSecret(name: string, env: NodeJS.ProcessEnv): Secret | undefined {
  const direct = env[name]?.trim();
  if (direct) return checked(direct, name);
  const variable = `${name}_FILE`;
  const path = env[variable]?.trim();
  if (!path) return undefined;
  return checked(readSecretFile(path, variable), `the file in ${variable}`);
}

/** A name for a key that does not tell it: what the database knows it by. */
export function keyIdOf(key: string): string {
  return createHash('sha256').update(key).digest('hex').slice(0, 16);
}

function checked(value: string, from: string): Secret {
  rememberSecret(value);
  if (!/^[\x21-\x7e]+$/.test(value)) {
    throw new UsageError(
      `The value of ${from} has a space, a line break or an unusual character inside`,
      'Was it copied whole, and only it?',
    );
  }
  return { value, from };
}

/** Messages do not repeat the path: people have put the key itself there. */
function readSecretFile(path: string, variable: string): string {
  let bytes: Buffer | undefined;
  try {
    bytes = readCapped(path, MAX_BYTES);
  } catch (error) {
    throw new UsageError(`Cannot read the file in ${variable}: ${systemReason(error)}`);
  }
  if (!bytes) throw new UsageError(`The file in ${variable} is too large to be a secret`);
  const value = bytes.toString('utf8').trim(); // a byte order mark counts as white space
  if (value === '') throw new UsageError(`The file in ${variable} is empty`);
  return value;
}
