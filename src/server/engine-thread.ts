/** The engine in a thread of its own: started by threaded-engine.ts, it answers questions until it is told to stop. */
import { parentPort, workerData } from 'node:worker_threads';
import { DrasonError } from '../errors.js';
import { redact } from '../redact.js';
import type { Engine, EngineOptions } from './engine.js';
import { gather } from './gather.js';
import { makeEngine } from './make-engine.js';
import type { Answer, Failure, Notice, Question } from './thread-messages.js';

const port = parentPort;
/** At the end of the tick: not later, for the next transaction holds this thread up. */
const tell = gather<Answer | Notice>((messages) => port?.postMessage(messages), process.nextTick);

/** Only this thread knows Smartlead's key, and so what to hide. */
function failureOf(error: unknown): Failure {
  const message = redact(error instanceof Error ? error.message : String(error));
  const known = error instanceof DrasonError ? error : undefined;
  return { message, exitCode: known?.exitCode ?? 1, next: known?.next };
}

async function answer(engine: Engine, question: Question): Promise<Answer> {
  const { id } = question;
  switch (question.ask) {
    case 'ingest': {
      const { organization, arrivals, waitMs } = question;
      return { id, say: 'outcomes', outcomes: await engine.ingest(organization, arrivals, waitMs) };
    }
    case 'event':
      return { id, say: 'event', isNew: await engine.event(question.organization, question.event) };
    case 'problems':
      return { id, say: 'problems', problems: await engine.problems() };
    case 'stats':
      return { id, say: 'stats', stats: await engine.stats(question.organizations) };
    case 'stop':
      await engine.stop();
      return { id, say: 'stopped' };
    default:
      return question satisfies never;
  }
}

async function work(options: EngineOptions): Promise<void> {
  const engine = await makeEngine(options, (line) =>
    tell({ say: 'log', line: { ...line, message: redact(line.message) } }),
  );
  const open = new Set<Promise<void>>();

  async function handle(question: Question, before: ReadonlyArray<Promise<void>>): Promise<void> {
    const answered = await answer(engine, question).catch(
      (error: unknown): Answer => ({ id: question.id, say: 'failed', failure: failureOf(error) }),
    );
    await Promise.all(before);
    tell(answered);
  }
  port?.on('message', (questions: readonly Question[]) => {
    for (const question of questions) {
      // Having stopped is said last: nothing that is said after it is heard.
      const handling = handle(question, question.ask === 'stop' ? [...open] : []).finally(() => open.delete(handling));
      open.add(handling);
    }
  });
  tell({ say: 'ready' });
}

work(workerData).catch((error: unknown) => tell({ say: 'not_started', failure: failureOf(error) }));
