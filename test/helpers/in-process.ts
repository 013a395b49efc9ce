import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { makeTerminal } from '../../src/cli/terminal.js';
import { run } from '../../src/main.js';

/**
 * Runs drason in this process, off a terminal, with nothing of its environment; the working folder is this process's.
 * For what a command says: signals, exit and the like need a process of its own ({@link runCli}).
 */
export async function inProcess(args: readonly string[], env: Record<string, string> = {}) {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  stdin.end();
  const [out, err] = [text(stdout), text(stderr)];
  const home = { HOME: '/nowhere', XDG_CONFIG_HOME: '/nowhere/config', XDG_DATA_HOME: '/nowhere/data' };
  const terminal = makeTerminal({ stdin, stdout, stderr, env: { ...home, ...env } }, args);
  const code = await run(args, terminal);
  stdout.end();
  stderr.end();
  return { code, stdout: await out, stderr: await err };
}
