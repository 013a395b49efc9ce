import { exitCodeOfError, reportError } from './cli/exit-codes.js';
import { usualForm } from './cli/habits.js';
import { letGoOfClosedTerminal } from './cli/hang-up.js';
import { makeTerminal, type Streams } from './cli/terminal.js';
import { makeProgram } from './program.js';

/** Runs drason with the given arguments and returns its exit code. An error is printed once, here. */
export async function main(argv: readonly string[], streams: Streams): Promise<number> {
  letGoOfClosedTerminal();
  const terminal = makeTerminal(streams, argv);
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
