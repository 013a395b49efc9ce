import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { onTestFinished } from 'vitest';
import { z } from 'zod';
import type { Trial } from './trial.js';

/** `drason serve` as a process of its own. */
export interface Serving {
  url: string;
  /** Sends a signal and waits for the end; its exit code. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

/** Starts it on a free port, on the trial's database and stand-in, and waits until it listens. Ends with the test. */
export async function startServe(trial: Trial, env: Record<string, string> = {}): Promise<Serving> {
  let child: ChildProcess | undefined;
  const ended = trial.run(['serve', '--port', '0'], {
    env,
    onStart: (started) => {
      child = started;
    },
  });
  const stop = async (signal: NodeJS.Signals = 'SIGTERM') => {
    child?.kill(signal);
    return (await ended).code;
  };
  onTestFinished(async () => void (await stop('SIGKILL')));
  let log = '';
  child?.stdout?.on('data', (text: string) => {
    log += text;
  });
  for (;;) {
    const port = /"port":(\d+).*"msg":"listening"/.exec(log)?.[1];
    if (port !== undefined) return { url: `http://127.0.0.1:${port}`, stop };
    const over = await Promise.race([ended, child?.stdout && once(child.stdout, 'data')]);
    if (over && 'code' in over) throw new Error(`drason serve ended: ${over.stderr}`);
  }
}

/** A key to the doors, made with the command line. */
export async function createKey(trial: Trial): Promise<string> {
  const { stdout } = await trial.run(['keys', 'create', '--json']);
  return z.object({ key: z.string() }).parse(JSON.parse(stdout)).key;
}
