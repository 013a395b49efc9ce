import { statSync } from 'node:fs';
import type { Database } from 'better-sqlite3';
import { TemporaryError } from '../errors.js';

interface Place {
  path: string;
  dev: bigint;
  ino: bigint;
}

/** The files of open databases as they were when they were opened. */
const opened = new WeakMap<Database, Place>();

/** Notes which file a database is, right after it was opened. */
export function notePlace(db: Database, path: string): void {
  const { dev, ino } = statSync(path, { bigint: true });
  opened.set(db, { path, dev, ino });
}

/**
 * What has become of a database's file, if it is no longer where it was opened: what is written then is lost to everybody
 * else. While it is open its number is not given to another file.
 */
export function missingFile(db: Database): string | undefined {
  const place = opened.get(db);
  if (!place) return undefined;
  const found = statSync(place.path, { bigint: true, throwIfNoEntry: false });
  if (!found) return `the database ${place.path} was moved or removed while it was open`;
  if (found.ino === place.ino && found.dev === place.dev) return undefined;
  return `the database ${place.path} was replaced by another file while it was open`;
}

/** Throws a TemporaryError when the file of a database is no longer where it was opened. */
export function checkPlace(db: Database): void {
  const missing = missingFile(db);
  if (missing !== undefined) {
    throw new TemporaryError(missing, 'Put the file back, or end this process and start it again.');
  }
}
