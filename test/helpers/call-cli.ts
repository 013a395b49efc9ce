import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import { type CliOptions, type CliResult, ROOT, runCli } from './run-cli.js';

type Main = (argv: readonly string[], streams: object) => Promise<number>;
const builtSchema = z.object({ main: z.custom<Main>((main) => typeof main === 'function') });

const OWN_FOLDER = process.cwd();
const OWN_HOME = process.env.HOME;
let calling = false;

/**
 * Whether a call can be made in this process: it has one working directory, so only one at a time, and nobody could
 * signal it or change Node by NODE_OPTIONS.
 */
function canCall({ env, onStart, stdinStaysOpen }: CliOptions): boolean {
  return !calling && onStart === undefined && !stdinStaysOpen && env?.NODE_OPTIONS === undefined;
}

/** What drason says to arguments: by a call in this process where that can be, else as a process of its own. */
export function askCli(args: readonly string[], options: CliOptions): Promise<CliResult> {
  return canCall(options) ? callCli(args, options) : runCli(args, options);
}

/**
 * Calls the built drason in this process, which spares half a second for the start of one: in `cwd`, with streams of its
 * own and nothing of this process's environment.
 */
async function callCli(args: readonly string[], { cwd, env, stdin = '' }: CliOptions): Promise<CliResult> {
  calling = true;
  const given = { PATH: process.env.PATH ?? '', HOME: cwd, XDG_DATA_HOME: `${cwd}/data`, ...env };
  const [stdout, stderr] = [collector(), collector()];
  try {
    const { main } = builtSchema.parse(await import(pathToFileURL(join(ROOT, 'dist/main.js')).href));
    process.chdir(cwd);
    process.env.HOME = given.HOME;
    const code = await main(args, { stdin: Readable.from([Buffer.from(stdin)]), stdout, stderr, env: given });
    return { code, signal: null, stdout: stdout.text(), stderr: stderr.text() };
  } finally {
    process.env.HOME = OWN_HOME;
    process.chdir(OWN_FOLDER);
    calling = false;
  }
}

function collector() {
  const pieces: Buffer[] = [];
  const stream = new Writable({
    write(piece: Buffer, _, done) {
      pieces.push(piece);
      done();
    },
  });
  return Object.assign(stream, { text: () => Buffer.concat(pieces).toString('utf8') });
}
