import type { Readable, Writable } from 'node:stream';
import picocolors from 'picocolors';
import { redact } from '../redact.js';
import { printable } from '../text/wording.js';
import { givesFlag } from './habits.js';
import { hangUp } from './hang-up.js';
import { makeMovingLine, NARROWEST_SCREEN } from './moving-line.js';

/** The process, as far as the terminal needs it; tests pass their own. */
export interface Streams {
  stdin: Readable & { isTTY?: boolean };
  stdout: Writable & { isTTY?: boolean; columns?: number };
  stderr: Writable & { isTTY?: boolean; columns?: number };
  env: NodeJS.ProcessEnv;
}

/** Where output goes and how: data to stdout, everything else to stderr. */
export interface Terminal {
  streams: Streams;
  env: NodeJS.ProcessEnv;
  json: boolean;
  quiet: boolean;
  verbose: boolean;
  colors: ReturnType<typeof picocolors.createColors>;
  /** Columns of the terminal; undefined where stdout is none, or one without a size of any use. */
  width: number | undefined;
  /** The line on the screen that says how far something is. Every other line hides it first. */
  moving: ReturnType<typeof makeMovingLine>;
  /** Whether progress may move on the screen. */
  live: boolean;
  exitCode: number;
  /** Data, as it is. Resolves when the reader keeps up. */
  data(text: string): Promise<void>;
  /** Whether nobody reads the data any more. */
  closed(): boolean;
  /** Why data could not be written (a full disk), once all of it was tried; undefined: it was, or its reader has left. */
  lost(): Promise<string | undefined>;
  /** A line for a person; not with --quiet. */
  say(line: string): void;
  /** A line for a person in any case: a problem. */
  warn(line: string): void;
}

function wantsColor(streams: Streams, argv: readonly string[]): boolean {
  if (argv.includes('--no-color') || streams.env.NO_COLOR) return false;
  if (streams.env.FORCE_COLOR) return streams.env.FORCE_COLOR !== '0';
  return streams.stdout.isTTY === true && streams.env.TERM !== 'dumb';
}

/**
 * Makes the terminal of one invocation. --json, --quiet, --verbose and --no-color are read here from the bare
 * arguments, so that an error in the arguments themselves is shown as asked for.
 */
export function makeTerminal(streams: Streams, argv: readonly string[]): Terminal {
  const { stdout, stderr, env } = streams;
  const quiet = givesFlag(argv, '--quiet', '-q');
  const moving = makeMovingLine(stderr);
  const gone = new Set<Writable>();
  let lost: string | undefined;
  for (const stream of [stdout, stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      gone.add(stream);
      if (error.code === 'EIO' && stream.isTTY) hangUp();
      // A reader that has seen enough (`| head`) is no error; of a stderr that is lost nobody can be told.
      else if (error.code !== 'EPIPE' && stream === stdout) lost ??= error.message;
    });
  }
  const line = (text: string) => {
    moving.hide();
    if (!gone.has(stderr)) stderr.write(`${redact(printable(text))}\n`);
  };
  const closed = () => gone.has(stdout) || stdout.destroyed;
  return {
    streams,
    env,
    json: givesFlag(argv, '--json'),
    quiet,
    verbose: givesFlag(argv, '--verbose', '-v'),
    colors: picocolors.createColors(wantsColor(streams, argv)),
    width: stdout.isTTY === true && (stdout.columns ?? 0) >= NARROWEST_SCREEN ? stdout.columns : undefined,
    moving,
    live: stderr.isTTY === true && !quiet && env.TERM !== 'dumb' && !env.CI,
    exitCode: 0,
    async data(text) {
      moving.hide();
      if (closed() || stdout.write(text)) return;
      await new Promise<void>((resolve) => {
        const events = ['drain', 'close', 'error'] as const;
        const done = () => {
          for (const event of events) stdout.off(event, done);
          resolve();
        };
        for (const event of events) stdout.once(event, done);
      });
    },
    closed,
    async lost() {
      // What was written last may fail only now.
      if (!closed()) await new Promise<void>((resolve) => stdout.write('', () => resolve()));
      return lost;
    },
    say(text) {
      if (!quiet) line(text);
    },
    warn: line,
  };
}
