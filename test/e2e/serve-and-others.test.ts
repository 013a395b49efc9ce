import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startServe } from '../helpers/serve.js';
import { startTrial } from '../helpers/trial.js';

// A program that closes the database while nobody else holds a lock on it moves the write-ahead log into the file and
// deletes it: the sqlite3 shell before 3.51, and many languages' SQLite. What a server then writes into its deleted log
// is lost with the process.
test.skipIf(!existsSync('/proc/locks'))(
  'while it runs the server holds its lock on the database, so that no other program takes the write-ahead log away',
  async () => {
    const trial = await startTrial();
    const serving = await startServe(trial);
    const { ino } = statSync(join(trial.dir, 'trial.db'));
    const isLocked = () => readFileSync('/proc/locks', 'utf8').includes(`:${ino} `);
    expect(isLocked()).toBe(true);
    await serving.stop();
    expect(isLocked()).toBe(false);
  },
);
