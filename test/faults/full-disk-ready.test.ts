import { expect, test } from 'vitest';
import { startServe } from '../helpers/serve.js';
import { startTrial } from '../helpers/trial.js';

/** Loaded into every thread: the disk has this little room. */
const ROOM = `import fs from 'node:fs'; import { syncBuiltinESMExports } from 'node:module';
fs.statfsSync = () => ({ bavail: 3, bsize: 4096 }); syncBuiltinESMExports();`;

test('on a full disk the service is not ready, and says why', async () => {
  const trial = await startTrial({ processes: true });
  const ready = async (env: Record<string, string>) => {
    const serving = await startServe(trial, { env });
    const { status, text } = await serving.get('/readyz');
    await serving.stop();
    return { status, text };
  };
  expect((await ready({})).status).toBe(200);
  const full = await ready({ NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(ROOM)}` });
  expect(full.status).toBe(503);
  expect(full.text).toMatch(/the disk of the database .*trial\.db is full: 12 KB are left/);
});
