import { copyFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createKey, startServe } from '../helpers/serve.js';
import { startTrial } from '../helpers/trial.js';

const lead = (n: number) => ({ email: `lead${n}@acme.com`, persona: 'VP Sales', lead_score: 90 });

test.each(['moved', 'removed', 'replaced'] as const)(
  'a service whose database is %s says so, and takes nothing',
  async (how) => {
    const trial = await startTrial({ processes: true });
    const { key } = await createKey(trial);
    const serving = await startServe(trial);
    const headers = { 'x-api-key': key };
    expect((await serving.post('/api/ingest', lead(1), headers)).status).toBe(200);
    expect((await serving.get('/readyz')).status).toBe(200);

    const path = join(trial.dir, 'trial.db');
    copyFileSync(path, `${path}.copy`);
    if (how === 'removed') rmSync(path);
    else renameSync(path, `${path}.moved`);
    if (how === 'replaced') renameSync(`${path}.copy`, path);

    expect((await serving.post('/api/ingest', lead(2), headers)).status).toBe(503);
    const ready = await serving.get('/readyz');
    expect([ready.status, JSON.stringify(ready.body)]).toEqual([503, expect.stringContaining('trial.db was')]);
    const pushed = trial.pushes().length;
    await new Promise((resolve) => setTimeout(resolve, 3000));
    expect(trial.pushes().length).toBe(pushed);
    const errors = serving
      .stdout()
      .split('\n')
      .filter(
        (line) => line.includes('"level":50') && line.includes('trial.db was') && !line.includes('a request failed'),
      );
    expect(errors.length).toBeLessThanOrEqual(1);

    if (how === 'moved') {
      renameSync(`${path}.moved`, path);
      expect((await serving.post('/api/ingest', lead(3), headers)).status).toBe(200);
      expect((await serving.get('/readyz')).status).toBe(200);
    }
  },
);
