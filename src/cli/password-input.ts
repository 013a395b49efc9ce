import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { DrasonError, UsageError } from '../errors.js';
import type { Streams } from './terminal.js';

const SHORTEST = 12;

/** Asks for a new password twice, showing nothing of it; where stdin is no terminal, its first line is taken. Throws a UsageError. */
export async function readPassword({ stdin, stderr }: Pick<Streams, 'stdin' | 'stderr'>): Promise<string> {
  const asks = stdin.isTTY === true;
  // readline shows what is typed on its output: this one shows nothing
  const output = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: stdin, output, terminal: asks });
  const answers = lines[Symbol.asyncIterator]();
  lines.on('SIGINT', () => lines.close());
  async function next(question: string): Promise<string> {
    if (asks) stderr.write(question);
    const answer = await answers.next();
    if (asks) stderr.write('\n');
    if (!answer.done) return answer.value;
    if (asks) throw new DrasonError(130, 'interrupted; no hash was made');
    throw new UsageError('there is no password on stdin', 'Run drason keys password at a terminal, or pipe it in.');
  }
  try {
    const password = await next(`A new password, at least ${SHORTEST} characters (nothing is shown): `);
    if ([...password].length < SHORTEST) {
      throw new UsageError(
        `the password has less than ${SHORTEST} characters`,
        'A few words in a row are easy to keep.',
      );
    }
    if (asks && (await next('Once more: ')) !== password) {
      throw new UsageError('the two are not the same', 'Try again.');
    }
    return password;
  } finally {
    lines.close();
  }
}
