import { statfsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Database } from 'better-sqlite3';
import { TemporaryError } from '../../errors.js';

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

/** With less room than this on its disk a database is about to refuse leads, bytes. */
const LEAST_ROOM = 16 * 1024 * 1024;

/** That the disk of a database is full, or as good as; undefined: there is room, or nobody can tell. */
export function fullDisk(db: Database): string | undefined {
  const place = opened.get(db);
  if (!place) return undefined;
  try {
    const { bavail, bsize } = statfsSync(dirname(place.path));
    const room = bavail * bsize;
    return room >= LEAST_ROOM
      ? undefined
      : `the disk of the database ${place.path} is full: ${Math.floor(room / 1024)} KB are left`;
  } catch {
    return undefined;
  }
}

/** Throws a TemporaryError when the file of a database is no longer where it was opened. */
export function checkPlace(db: Database): void {
  const missing = missingFile(db);
  if (missing !== undefined) {
    throw new TemporaryError(missing, 'Put the file back, or end this process and start it again.');
  }
}
