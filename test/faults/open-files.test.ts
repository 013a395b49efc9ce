import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CAN_FILL_DISK } from '../helpers/faults.js';
import { BIN } from '../helpers/run-cli.js';
import { startTrial } from '../helpers/trial.js';

test.runIf(CAN_FILL_DISK).each([40, 37, 30, 24, 21])(
  'with %i open files at most a command ends with 75 and a clear line, or works',
  async (files) => {
    const trial = await startTrial({ processes: true });
    trial.write('leads.csv', 'email,persona,lead_score\nann@acme.com,VP Sales,90\n');
    const args = [`--nofile=${files}`, process.execPath, BIN, 'ingest', 'leads.csv', '--no-push'];
    const { status, stderr } = spawnSync('prlimit', args, {
      cwd: trial.dir,
      env: { PATH: process.env.PATH, HOME: trial.dir, DRASON_DB: join(trial.dir, 'trial.db') },
      encoding: 'utf8',
    });
    expect([0, 75]).toContain(status);
    if (status === 75) expect(stderr).toContain('too many open files');
    expect(stderr).not.toContain('internal error');
  },
);
