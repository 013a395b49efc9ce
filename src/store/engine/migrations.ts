import type { Database } from 'better-sqlite3';
import { DatabaseError } from '../../errors.js';
import { readPragma } from '../../sqlite.js';
import { MIGRATIONS } from './schema.js';

/** "DRSN": marks a SQLite file as drason's own, so that a foreign one is never written to. */
export const APPLICATION_ID = 0x4452534e;

/** The schema this drason writes. */
export const SCHEMA_VERSION = MIGRATIONS.length;

/** Refuses a database that is not drason's or that a newer drason has written. Throws DatabaseError. */
export function checkIdentity(db: Database, path: string): void {
  const version = readPragma(db, 'user_version');
  const tables = db.prepare<[], { n: number }>('SELECT count(*) AS n FROM sqlite_schema').get()?.n ?? 0;
  const application = readPragma(db, 'application_id');
  const unused = version === 0 && tables === 0 && application === 0;
  if (!unused && application !== APPLICATION_ID) {
    throw new DatabaseError(
      `${path} is a database of another program; it was left untouched`,
      'Name another file with --db.',
    );
  }
  if (version > SCHEMA_VERSION) {
    throw new DatabaseError(
      `${path} was written by a newer drason (schema ${version}, this one knows ${SCHEMA_VERSION}); it was left untouched`,
      'Upgrade drason.',
    );
  }
}

/** Brings the database to the current schema. Safe when several processes do it at once: one migrates, the rest look. */
export function migrate(db: Database, path: string): void {
  if (readPragma(db, 'user_version') === SCHEMA_VERSION) return;
  db.transaction(() => {
    checkIdentity(db, path);
    for (let version = readPragma(db, 'user_version'); version < SCHEMA_VERSION; version++) {
      db.exec(MIGRATIONS[version] ?? '');
      db.exec(`PRAGMA user_version = ${version + 1}`);
    }
    db.exec(`PRAGMA application_id = ${APPLICATION_ID}`);
  }).immediate();
}
