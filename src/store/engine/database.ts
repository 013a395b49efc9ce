import { closeSync, existsSync, openSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Database } from 'better-sqlite3';
import { DatabaseError, DrasonError, TemporaryError } from '../../errors.js';
import { makePrivateFile, makePrivateFolder } from '../../private-file.js';
import { isSqliteError, openSqlite, readPragma, switchToWal } from '../../sqlite.js';
import { refuseBrokenFile } from './file-check.js';
import { notePlace } from './file-place.js';
import { checkIdentity, migrate, SCHEMA_VERSION } from './migrations.js';

/** How long a write waits for another process, milliseconds. */
const BUSY_TIMEOUT_MS = 30_000;

/** What a SQLite error means to a user. Anything else passes through as it is. */
export function explainSqliteError(error: unknown, path: string): unknown {
  if (error instanceof DrasonError || !isSqliteError(error)) return error;
  const code = error.code;
  if (code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED')) {
    return new TemporaryError(`the database ${path} is locked by another program`, 'Try again when it has finished.');
  }
  if (code.startsWith('SQLITE_FULL') || code.startsWith('SQLITE_IOERR')) {
    return new TemporaryError(
      `the database ${path} cannot be written: ${error.message}`,
      'Make room on the disk, then try again.',
    );
  }
  if (code.startsWith('SQLITE_READONLY')) {
    return new DatabaseError(
      `the database ${path} is read-only`,
      'Make it and its folder writable, or name another with --db.',
    );
  }
  if (code.startsWith('SQLITE_CANTOPEN') && !canOpenMore()) return tooManyFiles(path);
  if (code.startsWith('SQLITE_CANTOPEN')) {
    return new DatabaseError(`the database ${path} cannot be opened`, 'Check that its folder exists and is writable.');
  }
  if (code.startsWith('SQLITE_CORRUPT') || code.startsWith('SQLITE_NOTADB')) {
    return new DatabaseError(
      `${path} is damaged or not a SQLite database; it was left untouched`,
      'Restore a backup, or name another file with --db.',
    );
  }
  return error;
}

/** Whether this process may open another file: SQLite says only that it could not. */
function canOpenMore(): boolean {
  try {
    closeSync(openSync(process.execPath, 'r'));
    return true;
  } catch {
    return false;
  }
}

function tooManyFiles(path: string): TemporaryError {
  return new TemporaryError(
    `the database ${path} cannot be opened: this process has too many open files`,
    'Raise the limit (ulimit -n), then try again.',
  );
}

/** The connections of this thread, by file. */
const connections = new Map<string, Set<Database>>();

/**
 * {@link refuseBrokenFile}, for a file that is not open here: looking at one by hand would end the locks that are held on
 * it, because POSIX drops all locks of a process on a file when any descriptor of it is closed.
 */
function lookAtFile(path: string): void {
  const here = connections.get(resolve(path)) ?? new Set();
  if (![...here].some((db) => db.open)) refuseBrokenFile(path);
}

function noteConnection(path: string, db: Database): Database {
  const here = connections.get(resolve(path)) ?? new Set();
  for (const other of here) if (!other.open) here.delete(other);
  connections.set(resolve(path), here.add(db));
  return db;
}

/** The files beside a database get its rights from SQLite. */
function makePrivateDatabase(path: string): void {
  makePrivateFolder(dirname(resolve(path)));
  makePrivateFile(path);
}

/**
 * Opens drason's database, making it and its folder when `create` is set.
 * Throws DatabaseError (missing, damaged, foreign, newer, read-only) or TemporaryError (locked for long, disk full).
 */
export function openDatabase(path: string, { create }: { create: boolean }): Database {
  try {
    if (!create || existsSync(path)) lookAtFile(path);
    else makePrivateDatabase(path);
    const db = noteConnection(path, openSqlite(path, { timeout: BUSY_TIMEOUT_MS }));
    try {
      checkIdentity(db, path);
      switchToWal(db, BUSY_TIMEOUT_MS);
      // 16 MB of log before it is moved, instead of 4: an ingest syncs the disk half as often.
      // macOS takes a sync for done when the disk has it in its own memory, unless asked like this.
      db.exec('PRAGMA fullfsync = ON; PRAGMA checkpoint_fullfsync = ON');
      db.exec('PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 4000');
      migrate(db, path);
      notePlace(db, path);
    } catch (error) {
      db.close();
      throw error;
    }
    return db;
  } catch (error) {
    throw explainFileError(explainSqliteError(error, path), path);
  }
}

/**
 * Opens an existing database so that nothing can be written to it. `isOpenHere`: another thread of this process has
 * it open already.
 */
export function openReadOnly(path: string, isOpenHere: boolean): Database {
  try {
    if (!isOpenHere) lookAtFile(path);
    const db = noteConnection(path, openSqlite(path, { readonly: true, timeout: BUSY_TIMEOUT_MS }));
    try {
      db.exec('PRAGMA synchronous = FULL');
      checkIdentity(db, path);
      if (readPragma(db, 'user_version') < SCHEMA_VERSION) {
        throw new DatabaseError(
          `${path} has an older schema`,
          'Run any drason command that writes, such as drason retry --held, to upgrade it.',
        );
      }
    } catch (error) {
      db.close();
      throw error;
    }
    return db;
  } catch (error) {
    throw explainFileError(explainSqliteError(error, path), path);
  }
}

/** A private database that is deleted when it is closed: where a dry run writes. */
export function openScratch(): Database {
  const db = openSqlite('');
  migrate(db, 'the scratch database');
  return db;
}

function explainFileError(error: unknown, path: string): unknown {
  if (!(error instanceof Error) || !('code' in error) || error instanceof DrasonError) return error;
  if (error.code === 'EACCES' || error.code === 'EPERM' || error.code === 'EROFS') {
    return new DatabaseError(
      `the database ${path} cannot be opened: permission denied`,
      'Make its folder writable, or name another with --db.',
    );
  }
  if (error.code === 'EMFILE' || error.code === 'ENFILE') return tooManyFiles(path);
  if (error.code === 'ENOSPC') {
    return new TemporaryError(`the database ${path} cannot be made: the disk is full`, 'Make room, then try again.');
  }
  if (error.code === 'ENOTDIR' || error.code === 'EEXIST') {
    return new DatabaseError(
      `the database ${path} cannot be made: part of its path is a file`,
      'Name another with --db.',
    );
  }
  return error;
}
