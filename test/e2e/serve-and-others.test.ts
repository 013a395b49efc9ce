import { join } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import { expect, test } from 'vitest';
import { createKey, startServe } from '../helpers/serve.js';
import { startTrial } from '../helpers/trial.js';

test('a lead that was answered 200 outlives a SIGKILL, though another program has opened and closed the database', async () => {
  const trial = await startTrial();
  const key = await createKey(trial);
  const serving = await startServe(trial);
  // What the sqlite3 shell does: as the last to close a database (and it is the last, where nobody holds a lock), a
  // program moves the write-ahead log into the file and deletes it.
  const visitor = new BetterSqlite3(join(trial.dir, 'trial.db'));
  visitor.prepare('SELECT count(*) FROM leads').get();
  visitor.close();

  const answer = await fetch(`${serving.url}/api/ingest?wait=0`, {
    method: 'POST',
    headers: { 'x-api-key': key },
    body: JSON.stringify({ email: 'a@example.com', persona: 'VP Sales', lead_score: 85 }),
  });
  expect(answer.status).toBe(200);
  await serving.stop('SIGKILL');
  expect(trial.query('SELECT email FROM leads')).toEqual([{ email: 'a@example.com' }]);
});
