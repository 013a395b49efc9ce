import { closeSync, existsSync, openSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { DatabaseError, UsageError } from '../errors.js';
import { openSqlite } from '../sqlite.js';
import type { StoreContext } from './context.js';
import { explainSqliteError } from './database.js';

/**
 * Copies the database into a new file, page by page, as it is now, while others write to it; checks the copy, and only
 * then gives it its name. Throws a UsageError when the file exists, DatabaseError or TemporaryError when it cannot be
 * written.
 */
export async function backupStore(store: StoreContext, file: string): Promise<{ bytes: number }> {
  const target = resolve(file);
  if (existsSync(target)) throw new UsageError(`${file} exists already`, 'Name a new file.');
  if (!existsSync(dirname(target))) throw new UsageError(`there is no folder ${dirname(target)}`, 'Make it first.');
  const unfinished = `${target}.${process.pid}.unfinished`;
  try {
    await copyAsItIsNow(store, unfinished);
    const copy = openSqlite(unfinished);
    // a copy in one file: nothing beside it has to be kept with it
    copy.exec('PRAGMA journal_mode = DELETE');
    const sound = copy.prepare<[], string>('PRAGMA integrity_check').pluck().get();
    copy.close();
    if (sound !== 'ok')
      throw new DatabaseError(`the copy is damaged, and so may be ${store.path}: ${sound}`, 'Run: drason doctor');
    // takes the name for itself, or fails: somebody else's file is never written over
    closeSync(openSync(target, 'wx'));
    renameSync(unfinished, target);
    return { bytes: statSync(target).size };
  } catch (error) {
    throw explainSqliteError(error, file);
  } finally {
    for (const end of ['', '-wal', '-shm', '-journal']) rmSync(unfinished + end, { force: true });
  }
}

/** Without a snapshot of its own, SQLite would begin anew whenever another process writes, and perhaps never end. */
async function copyAsItIsNow({ db }: StoreContext, to: string): Promise<void> {
  db.exec('BEGIN');
  try {
    db.prepare('SELECT count(*) FROM about').get();
    await db.backup(to);
  } finally {
    db.exec('COMMIT');
  }
}
