import { createReadStream, createWriteStream, rmSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { DatabaseError } from '../../errors.js';
import type { Output } from '../../output-file.js';
import { makePrivateFile } from '../../private-file.js';
import { openSqlite } from '../../sqlite.js';
import type { StoreContext } from './context.js';
import { explainSqliteError } from './database.js';

/**
 * Copies the database, page by page, as it is now, while others write to it; checks the copy, and only then gives it its
 * name, or sends it through where the output is a device or a pipe. Throws a UsageError, DatabaseError or TemporaryError
 * when it cannot be written.
 */
export async function backupStore(store: StoreContext, output: Output): Promise<{ bytes: number }> {
  const { file, path, isStream, streamOptions } = output;
  const unfinished = `${isStream ? resolve(store.path) : path}.${process.pid}.unfinished`;
  try {
    makePrivateFile(unfinished);
    await copyAsItIsNow(store, unfinished);
    const copy = openSqlite(unfinished);
    // a copy in one file: nothing beside it has to be kept with it
    copy.exec('PRAGMA journal_mode = DELETE');
    const sound = copy.prepare<[], string>('PRAGMA integrity_check').pluck().get();
    copy.close();
    if (sound !== 'ok')
      throw new DatabaseError(`the copy is damaged, and so may be ${store.path}: ${sound}`, 'Run: drason doctor');
    const bytes = statSync(unfinished).size;
    if (isStream) await pipeline(createReadStream(unfinished), createWriteStream(path, streamOptions));
    else output.put(unfinished);
    return { bytes };
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
