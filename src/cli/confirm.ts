import { z } from 'zod';
import { UsageError } from '../errors.js';
import { openQuestions } from './questions.js';
import type { Terminal } from './terminal.js';

const answer = z
  .string()
  .toLowerCase()
  .pipe(z.enum(['yes', 'y', 'no', 'n'], { error: 'answer yes or no' }));

/**
 * Whether a person agrees to something that cannot be undone: with --yes, or asked at the terminal. Throws a UsageError
 * where nobody can be asked.
 */
export async function confirm(terminal: Terminal, question: string, yes: boolean): Promise<boolean> {
  if (yes) return true;
  const { stdin, stderr } = terminal.streams;
  if (!stdin.isTTY || !stderr.isTTY) {
    throw new UsageError('this cannot be undone, and nobody can be asked here', 'Add --yes to do it.');
  }
  const questions = openQuestions(terminal.streams);
  try {
    return (await questions.ask(question, 'no', answer)).startsWith('y');
  } finally {
    questions.close();
  }
}
