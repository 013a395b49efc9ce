import { spawn, spawnSync } from 'node:child_process';
import { quoteArgument } from '../../src/text/command-flags.js';
import { BIN } from './run-cli.js';

/** Whether a terminal can be had here (Linux with util-linux). */
export const HAS_TERMINAL = spawnSync('script', ['--version']).stdout?.includes('util-linux') ?? false;

/** One exchange at a terminal: what is waited for, and what is typed then. */
export type Exchange = readonly [seen: string, typed: string];

/** Runs drason at a terminal of its own, types each answer when its question is there, and gives all that was shown. */
export function atTerminal(
  args: readonly string[],
  options: { cwd: string; env?: Record<string, string> },
  exchanges: readonly Exchange[] = [],
): Promise<{ code: number | null; shown: string }> {
  return new Promise((resolve, reject) => {
    const command = [process.execPath, BIN, ...args].map(quoteArgument).join(' ');
    const child = spawn('script', ['--quiet', '--return', '--command', command, '/dev/null'], {
      cwd: options.cwd,
      env: { PATH: process.env.PATH ?? '', HOME: options.cwd, TERM: 'xterm', SHELL: '/bin/sh', ...options.env },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const left = [...exchanges];
    let shown = '';
    let unread = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      shown += text;
      unread += text;
      const [next] = left;
      if (!next || !unread.includes(next[0])) return;
      unread = '';
      left.shift();
      child.stdin.write(next[1]);
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, shown }));
  });
}
