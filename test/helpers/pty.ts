import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { BIN } from './run-cli.js';

const SCRIPT = fileURLToPath(new URL('./terminal_of_its_own.py', import.meta.url));

/** Whether terminals of any size can be had here. */
export const HAS_PTY = spawnSync('python3', ['-c', 'import pty, fcntl, termios']).status === 0;

/** drason at a terminal of its own. */
export interface AtPty {
  child: ChildProcess;
  shown: () => string;
  /** Closes the terminal under it. */
  close(): void;
  /** `exit CODE` or `signal NUMBER`. */
  ended: Promise<string>;
}

/** Starts drason at a terminal of this size. A `foreign` one sends no SIGHUP when it is closed. */
export function startAtPty(
  args: readonly string[],
  options: { cwd: string; env?: Record<string, string>; rows?: number; columns?: number; kind?: 'own' | 'foreign' },
): AtPty {
  const { rows = 24, columns = 80, kind = 'own' } = options;
  const child = spawn('python3', [SCRIPT, `${rows}`, `${columns}`, kind, process.execPath, BIN, ...args], {
    cwd: options.cwd,
    env: { PATH: process.env.PATH ?? '', HOME: options.cwd, TERM: 'xterm', ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let shown = '';
  let how = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    shown += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    how += text;
  });
  return {
    child,
    shown: () => shown,
    close: () => void child.stdin.write('close\n'),
    ended: new Promise((resolve) => child.on('close', () => resolve(how.trim()))),
  };
}
