import { existsSync, linkSync, rmSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { DatabaseError, UsageError } from '../errors.js';
import { openSqlite, readPragma } from '../sqlite.js';
import type { StoreContext } from './context.js';
import { explainSqliteError } from './database.js';

/** Copies from one snapshot: without a transaction of its own SQLite begins anew at each commit of another process. */
async function copyPages({ db }: StoreContext, file: string): Promise<void> {
  db.exec('BEGIN');
  try {
    readPragma(db, 'user_version');
    await db.backup(file);
  } finally {
    db.exec('COMMIT');
  }
}

/**
 * Copies the database into a new file, page by page, while others write to it; checks the copy, and only then gives it
 * its name. Throws a UsageError when the file exists, DatabaseError or TemporaryError when it cannot be written.
 */
export async function backupStore(store: StoreContext, file: string): Promise<{ bytes: number }> {
  const target = resolve(file);
  if (existsSync(target)) throw new UsageError(`${file} exists already`, 'Name a new file.');
  if (!existsSync(dirname(target))) throw new UsageError(`there is no folder ${dirname(target)}`, 'Make it first.');
  const unfinished = `${target}.${process.pid}.unfinished`;
  try {
    await copyPages(store, unfinished);
    const copy = openSqlite(unfinished);
    // a copy in one file: nothing beside it has to be kept with it
    copy.exec('PRAGMA journal_mode = DELETE');
    const sound = copy.prepare<[], string>('PRAGMA integrity_check').pluck().get();
    copy.close();
    if (sound !== 'ok')
      throw new DatabaseError(`the copy is damaged, and so may be ${store.path}: ${sound}`, 'Run: drason doctor');
    linkSync(unfinished, target);
    return { bytes: statSync(target).size };
  } catch (error) {
    throw explainSqliteError(error, file);
  } finally {
    for (const end of ['', '-wal', '-shm', '-journal']) rmSync(unfinished + end, { force: true });
  }
}
