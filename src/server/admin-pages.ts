import { ReadableStream } from 'node:stream/web';
import { Worker } from 'node:worker_threads';
import type { AdminMessage, AdminOptions, AdminRequest } from '../admin/thread-messages.js';
import { TemporaryError } from '../errors.js';

/** The administrator's pages: a thread that is started when the first of them is asked for. */
export interface AdminPages {
  answer(asked: Asked): Promise<Response>;
  /** Ends when the runs that were begun from pages are settled. */
  stop(): Promise<void>;
}

/** A request for a page. */
export type Asked = Omit<AdminRequest, 'id'>;
type Answered = Extract<AdminMessage, { say: 'answer' }>;

/** What the log is told of the pages. */
export interface PagesLog {
  /** A page could not be made, through a fault of drason's own. */
  fault(fault: { path: string; message: string; stack: string | undefined }): void;
  /** Their thread has ended without having been told to. */
  death(error: Error): void;
}

/**
 * Makes the pages. When their thread ends, the next page that is asked for starts another. The doors and the delivery
 * have threads of their own, and go on.
 */
export function makeAdminPages(options: AdminOptions, says: PagesLog): AdminPages {
  let thread: Promise<AdminPages> | undefined;
  let stopping = false;

  return {
    async answer(asked) {
      if (stopping) throw new TemporaryError('drason serve is about to stop');
      thread ??= startThread(options, says.fault, (error) => {
        thread = undefined;
        if (!stopping) says.death(error);
      });
      return (await thread).answer(asked);
    },
    async stop() {
      stopping = true;
      const worker = await thread?.catch(() => undefined);
      await worker?.stop();
    },
  };
}

function startThread(
  options: AdminOptions,
  onFault: PagesLog['fault'],
  onEnd: (error: Error) => void,
): Promise<AdminPages> {
  const worker = new Worker(new URL('./admin-thread.js', import.meta.url), { workerData: options });
  const open = new Map<number, { resolve: (answer: Answered) => void; reject: (error: Error) => void }>();
  let ended: (() => void) | undefined;
  let failure: Error | undefined;
  let asked = 0;

  const pages: AdminPages = {
    async answer(request) {
      const message: AdminRequest = { id: ++asked, ...request };
      const answered = await new Promise<Answered>((resolve, reject) => {
        if (failure) throw gone();
        open.set(message.id, { resolve, reject });
        worker.postMessage(message, message.body instanceof ReadableStream ? [message.body] : []);
      });
      return new Response(answered.body, { status: answered.status, headers: answered.headers });
    },
    async stop() {
      const settled = new Promise<void>((resolve) => {
        ended = resolve;
      });
      worker.postMessage('stop');
      await settled;
      await worker.terminate();
    },
  };
  return new Promise((resolve, reject) => {
    worker.on('message', (message: AdminMessage) => {
      if (message.say === 'answer') {
        open.get(message.id)?.resolve(message);
        open.delete(message.id);
      } else if (message.say === 'ready') resolve(pages);
      else if (message.say === 'fault') onFault(message);
      else if (message.say === 'stopped') ended?.();
      else {
        failure = new TemporaryError(message.message);
        reject(failure);
      }
    });
    worker.on('error', (error) => {
      failure = error instanceof Error ? error : new Error(String(error));
    });
    worker.on('exit', (code) => {
      failure ??= new Error(`the thread of the admin pages ended with code ${code}`);
      reject(gone());
      for (const one of open.values()) one.reject(gone());
      ended?.();
      onEnd(failure);
    });
  });
}

const gone = () => new TemporaryError('the admin pages have failed and are started again', 'Load the page again.');
