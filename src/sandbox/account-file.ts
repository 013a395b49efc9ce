import { existsSync } from 'node:fs';
import type { Database } from 'better-sqlite3';
import { UsageError } from '../errors.js';
import { makePrivateFile } from '../private-file.js';
import { isBusy, openSqlite, switchToWal } from '../sqlite.js';

const BUSY_TIMEOUT_MS = 10_000;

const TABLES = `
CREATE TABLE IF NOT EXISTS account (id INTEGER PRIMARY KEY CHECK (id = 1), credits INTEGER) STRICT;
INSERT OR IGNORE INTO account (id, credits) VALUES (1, NULL);

CREATE TABLE IF NOT EXISTS campaigns (
  id TEXT PRIMARY KEY, name TEXT NOT NULL, status TEXT NOT NULL, created_at TEXT NOT NULL
) STRICT;

CREATE TABLE IF NOT EXISTS leads (
  id INTEGER PRIMARY KEY AUTOINCREMENT, email TEXT NOT NULL UNIQUE,
  first_name TEXT, last_name TEXT, phone_number TEXT, company_name TEXT, website TEXT, location TEXT,
  linkedin_profile TEXT, company_url TEXT, custom_fields TEXT NOT NULL, created_at TEXT NOT NULL
) STRICT;
-- ids as long as the real ones, so that nobody mistakes them for row numbers
INSERT INTO sqlite_sequence (name, seq)
  SELECT 'leads', 4155843309 WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'leads');

CREATE TABLE IF NOT EXISTS memberships (
  campaign_id TEXT NOT NULL REFERENCES campaigns (id), lead_id INTEGER NOT NULL REFERENCES leads (id),
  attachments INTEGER NOT NULL, pushes INTEGER NOT NULL, removed INTEGER NOT NULL DEFAULT 0,
  UNIQUE (lead_id, campaign_id)
) STRICT;
CREATE INDEX IF NOT EXISTS memberships_by_campaign ON memberships (campaign_id);

CREATE TABLE IF NOT EXISTS stop_list (email TEXT NOT NULL, kind TEXT NOT NULL, PRIMARY KEY (email, kind)) STRICT;

CREATE TABLE IF NOT EXISTS rate_hits (key_hash TEXT NOT NULL, at INTEGER NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS rate_hits_by_key ON rate_hits (key_hash, at);
`;

/** An account in the tables of another program would be the end of them. */
function refuseForeign(db: Database, file: string): void {
  let tables: string[];
  try {
    tables = db.prepare<[], string>("SELECT name FROM sqlite_master WHERE type = 'table'").pluck().all();
  } catch (error) {
    if (isBusy(error)) return;
    tables = [''];
  }
  if (tables.length > 0 && !tables.includes('account')) {
    throw new UsageError(
      `${file} is no account of the sandbox; it was left untouched`,
      'Name another file with --account.',
    );
  }
}

/**
 * Opens an account file, creating what is missing. Several processes may do so at the same instant.
 * `:memory:` is an account of its own that ends with the connection.
 */
export function openAccountFile(file: string): Database {
  if (file !== ':memory:' && !existsSync(file)) makePrivateFile(file);
  const db = openSqlite(file, { timeout: BUSY_TIMEOUT_MS });
  try {
    refuseForeign(db, file);
    switchToWal(db, BUSY_TIMEOUT_MS);
    db.exec('PRAGMA synchronous = NORMAL');
    db.exec('PRAGMA foreign_keys = ON');
    db.transaction(() => db.exec(TABLES)).immediate();
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}
