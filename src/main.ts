import { exitCodeOfError, reportError } from './cli/exit-codes.js';
import { usualForm } from './cli/habits.js';
import { letGoOfClosedTerminal } from './cli/hang-up.js';
import { makeTerminal, type Streams, type Terminal } from './cli/terminal.js';
import { TemporaryError } from './errors.js';
import { makeProgram } from './program.js';

const KEPT = 'What was done is kept: drason runs lists it. Make room, then ask again.';

async function run(argv: readonly string[], terminal: Terminal): Promise<number> {
  const words = usualForm(argv);
  try {
    const program = await makeProgram(words, terminal);
    await program.parseAsync(words, { from: 'user' });
    return terminal.exitCode;
  } catch (error) {
    reportError(error, terminal);
    return exitCodeOfError(error);
  }
}

/** Runs drason with the given arguments and returns its exit code. An error is printed once, here. */
export async function main(argv: readonly string[], streams: Streams): Promise<number> {
  letGoOfClosedTerminal();
  const terminal = makeTerminal(streams, argv);
  const code = await run(argv, terminal);
  const lost = await terminal.lost();
  if (lost === undefined) return code;
  const error = new TemporaryError(`the output could not be written to its end: ${lost}`, KEPT);
  reportError(error, terminal);
  return exitCodeOfError(error);
}
