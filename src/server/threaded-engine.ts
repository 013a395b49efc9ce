import { Worker } from 'node:worker_threads';
import { DrasonError, TemporaryError } from '../errors.js';
import type { Engine, EngineOptions, LogLine } from './engine.js';
import { gather } from './gather.js';
import type { Answer, Failure, Notice, Question } from './thread-messages.js';

type Asked = Question extends infer One ? (One extends Question ? Omit<One, 'id'> : never) : never;

function errorOf({ message, exitCode, next }: Failure): DrasonError {
  return exitCode === 75 ? new TemporaryError(message, next) : new DrasonError(exitCode, message, next);
}

/**
 * Starts the engine in a thread of its own: the store works synchronously, and HTTP must answer meanwhile. `onDeath`
 * is called when the thread ends without having been told to. Throws what the engine throws when it starts.
 */
export async function startThreadedEngine(
  options: EngineOptions,
  log: (line: LogLine) => void,
  onDeath: (error: Error) => void,
): Promise<Engine> {
  const worker = new Worker(new URL('./engine-thread.js', import.meta.url), { workerData: options });
  const open = new Map<number, (answer: Answer) => void>();
  let asked = 0;
  let stopped = false;

  await new Promise<void>((resolve, reject) => {
    worker.on('message', (messages: ReadonlyArray<Answer | Notice>) => {
      for (const message of messages) {
        if ('id' in message) {
          open.get(message.id)?.(message);
          open.delete(message.id);
        } else if (message.say === 'log') log(message.line);
        else if (message.say === 'ready') resolve();
        else reject(errorOf(message.failure));
      }
    });
    worker.on('error', (error) => {
      reject(error);
      onDeath(error instanceof Error ? error : new Error(String(error)));
    });
    worker.on('exit', (code) => {
      const message = `the engine's thread ended with code ${code}`;
      const failure = { message, exitCode: 1, next: undefined };
      for (const [id, settle] of open) settle({ id, say: 'failed', failure });
      if (!stopped) onDeath(new Error(message));
    });
  }).catch(async (error: unknown) => {
    stopped = true;
    await worker.terminate();
    throw error;
  });

  const post = gather<Question>((questions) => worker.postMessage(questions), setImmediate);

  function ask(question: Asked): Promise<Answer> {
    const id = ++asked;
    return new Promise((resolve, reject) => {
      if (stopped) throw new TemporaryError('drason serve is about to stop');
      open.set(id, (answer) => (answer.say === 'failed' ? reject(errorOf(answer.failure)) : resolve(answer)));
      post({ ...question, id });
    });
  }
  const unexpected = (answer: Answer) => new Error(`the engine's thread answered ${answer.say}`);

  return {
    async ingest(organization, arrivals, waitMs) {
      const answer = await ask({ ask: 'ingest', organization, arrivals, waitMs });
      if (answer.say !== 'outcomes') throw unexpected(answer);
      return answer.outcomes;
    },
    async event(organization, event) {
      const answer = await ask({ ask: 'event', organization, event });
      if (answer.say !== 'event') throw unexpected(answer);
      return answer.isNew;
    },
    async stats(organizations) {
      const answer = await ask({ ask: 'stats', organizations });
      if (answer.say !== 'stats') throw unexpected(answer);
      return answer.stats;
    },
    async problems() {
      const answer = await ask({ ask: 'problems' });
      if (answer.say !== 'problems') throw unexpected(answer);
      return answer.problems;
    },
    async stop() {
      const ended = ask({ ask: 'stop' });
      stopped = true;
      await ended;
      await worker.terminate();
    },
  };
}
