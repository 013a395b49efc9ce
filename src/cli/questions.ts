import { createInterface } from 'node:readline/promises';
import type { z } from 'zod';
import { DrasonError } from '../errors.js';
import type { Streams } from './terminal.js';

/** Asks a person at a terminal. Ctrl-C and Ctrl-D end every question with exit code 130. */
export interface Questions {
  /**
   * Asks until the schema takes the answer; an empty one is the fallback, which is shown. Lines that come before they
   * are asked for are kept.
   */
  ask<Value>(question: string, fallback: string, schema: z.ZodType<Value>): Promise<Value>;
  close(): void;
}

/** Opens the terminal for questions, which are shown on stderr. */
export function openQuestions({ stdin, stderr }: Pick<Streams, 'stdin' | 'stderr'>): Questions {
  const lines = createInterface({ input: stdin, output: stderr, terminal: stdin.isTTY === true });
  const answers = lines[Symbol.asyncIterator]();
  lines.on('SIGINT', () => lines.close());
  return {
    async ask(question, fallback, schema) {
      for (;;) {
        lines.setPrompt(`${question} [${fallback}]: `);
        lines.prompt();
        const answer = await answers.next();
        if (answer.done) {
          stderr.write('\n');
          throw new DrasonError(130, 'interrupted; nothing was written', 'Run: drason init --yes   asks nothing');
        }
        const given = answer.value.trim();
        const result = schema.safeParse(given === '' ? fallback : given);
        if (result.success) return result.data;
        stderr.write(`  ${result.error.issues[0]?.message ?? 'that cannot be used'}\n`);
      }
    },
    close: () => lines.close(),
  };
}
