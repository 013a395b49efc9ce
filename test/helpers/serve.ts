import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type Answer, answerOf } from './doors.js';
import { BIN } from './run-cli.js';
import type { Trial } from './trial.js';

/** `drason serve` as a process of its own. */
export interface Serving {
  url: string;
  port: number;
  child: ChildProcess;
  stdout: () => string;
  stderr: () => string;
  /** From now on the log is read and dropped. */
  keepNoLog(): void;
  /** Posts JSON, or text as it is. */
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Answer>;
  get(path: string): Promise<Answer>;
  /** Sends a signal, SIGTERM if none is named, and waits for the end. */
  stop(signal?: NodeJS.Signals): Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
}

/** Starts it on a free port, on the trial's database and stand-in, and waits until it listens. Ends with the test. */
export async function startServe(
  trial: Trial,
  options: { args?: readonly string[]; env?: Record<string, string> } = {},
): Promise<Serving> {
  const child = spawn(process.execPath, [BIN, 'serve', '--port', '0', ...(options.args ?? [])], {
    cwd: trial.dir,
    env: {
      PATH: process.env.PATH ?? '',
      HOME: trial.dir,
      SMARTLEAD_BASE_URL: trial.sandbox.url,
      SMARTLEAD_API_KEY: 'trial-key-5f2a',
      DRASON_DB: join(trial.dir, 'trial.db'),
      ...options.env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) =>
    child.once('close', (code, signal) => resolve({ code, signal })),
  );
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const portSaid = () => /"port":(\d+),.*"msg":"listening"/.exec(stdout)?.[1];
  while (portSaid() === undefined) {
    if (child.exitCode !== null) throw new Error(`drason serve ended with ${child.exitCode}: ${stderr}`);
    await Promise.race([once(child.stdout, 'data'), ended]);
  }
  const port = Number(portSaid());
  const url = `http://127.0.0.1:${port}`;
  return {
    url,
    port,
    child,
    stdout: () => stdout,
    stderr: () => stderr,
    keepNoLog() {
      child.stdout.removeAllListeners('data').resume();
    },
    async post(path, body, headers = {}) {
      const text = typeof body === 'string' ? body : JSON.stringify(body);
      const init = { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: text };
      return answerOf(await fetch(url + path, init));
    },
    get: async (path) => answerOf(await fetch(url + path)),
    async stop(signal = 'SIGTERM') {
      child.kill(signal);
      return ended;
    },
  };
}

/** A key to the doors, made with the command line. */
export async function createKey(trial: Trial, args: readonly string[] = []): Promise<{ id: string; key: string }> {
  const { stdout, stderr } = await trial.run(['keys', 'create', '--json', ...args]);
  const found = /"id":"([^"]+)","key":"([^"]+)"/.exec(stdout);
  if (!found?.[1] || !found[2]) throw new Error(`no key: ${stdout}${stderr}`);
  return { id: found[1], key: found[2] };
}
