import { spawn } from 'node:child_process';
import { existsSync, openSync } from 'node:fs';
import { expect, test } from 'vitest';
import { BIN } from '../helpers/run-cli.js';
import { leadCsv, startTrial, type Trial } from '../helpers/trial.js';

/** Runs drason with stdout on a device that has no room; gives what stderr said. */
function onFullDisk(trial: Trial, args: readonly string[]): Promise<{ code: number | null; stderr: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [BIN, ...args], {
      cwd: trial.dir,
      env: {
        PATH: process.env.PATH ?? '',
        HOME: trial.dir,
        SMARTLEAD_BASE_URL: trial.sandbox.url,
        SMARTLEAD_API_KEY: 'trial-key-5f2a',
        DRASON_DB: `${trial.dir}/trial.db`,
      },
      stdio: ['ignore', openSync('/dev/full', 'w'), 'pipe'],
    });
    let stderr = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stderr }));
  });
}

test.skipIf(!existsSync('/dev/full'))(
  'output that finds no room costs the output: one line, exit 75, and the run is kept with what it pushed',
  async () => {
    const trial = await startTrial();
    trial.write('leads.csv', leadCsv([['jane@example.com', 'VP Sales', 85]]));
    const commands = [
      ['ingest', 'leads.csv'],
      ['ingest', 'leads.csv', '--json'],
      ['leads'],
      ['leads', '--format', 'csv'],
      ['audit', '--json'],
      ['status'],
      ['why', 'jane@example.com'],
      ['rules', 'list'],
      ['--help'],
      ['--version'],
    ];
    for (const args of commands) {
      const { code, stderr } = await onFullDisk(trial, args);
      expect([code, stderr], args.join(' ')).toEqual([75, expect.stringContaining('ENOSPC')]);
      expect(stderr, args.join(' ')).not.toMatch(/internal error|^ +at /m);
    }
    expect(trial.memberships()).toEqual(['123456 jane@example.com']);
    const { stdout } = await trial.run(['runs', '--json']);
    expect(JSON.parse(stdout).rows).toContainEqual(
      expect.objectContaining({ outcomes: expect.objectContaining({ active: 1 }) }),
    );
  },
);
