import BetterSqlite3, { type Database } from 'better-sqlite3';

/** Opened databases, held until the process ends (see {@link keepStatements}). */
const opened = new Set<Database>();

/**
 * Makes `prepare` hand out one statement for each text, for as long as the process runs. Preparing is work that need not
 * be done twice; and on Node 24.19 and later better-sqlite3 12, compiled there, aborts the process when a statement or a
 * database is garbage-collected (docs/decisions/0006). `pragma` makes statements of its own: use `exec` and `prepare`.
 */
function keepStatements(db: Database): void {
  const prepare = db.prepare.bind(db);
  const kept = new Map<string, ReturnType<typeof prepare>>();
  const prepareOnce = (sql: string) => {
    const known = kept.get(sql);
    if (known?.reader) known.pluck(false);
    const statement = known ?? prepare(sql);
    kept.set(sql, statement);
    return statement;
  };
  Object.defineProperty(db, 'prepare', { value: prepareOnce, configurable: true });
  opened.add(db);
}

/** Opens a SQLite file ('' or ':memory:' for one of its own). `timeout`: how long it waits for others, milliseconds. */
export function openSqlite(path: string, options: { timeout?: number; readonly?: boolean } = {}): Database {
  const db = new BetterSqlite3(path, options);
  keepStatements(db);
  return db;
}

/** Whether SQLite itself said that something went wrong. */
export function isSqliteError(error: unknown): error is InstanceType<typeof BetterSqlite3.SqliteError> {
  return error instanceof BetterSqlite3.SqliteError;
}

/** Whether an error says that another connection has the lock. */
export function isBusy(error: unknown): boolean {
  return isSqliteError(error) && error.code.startsWith('SQLITE_BUSY');
}

/** Lets the thread stand still, as the driver itself does while it waits. */
export function pause(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

/** Turns the write-ahead log on. That needs the file to itself for a moment and answers BUSY without waiting. */
export function switchToWal(db: Database, patienceMs: number): void {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    try {
      db.exec('PRAGMA journal_mode = WAL');
      return;
    } catch (error) {
      if (!isBusy(error) || performance.now() > deadline) throw error;
      pause(20);
    }
  }
}

/** The value of a pragma that gives one number, such as `user_version`. */
export function readPragma(db: Database, name: string): number {
  return Number(db.prepare(`PRAGMA ${name}`).pluck().get());
}
