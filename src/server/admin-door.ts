import { Worker } from 'node:worker_threads';
import type { AdminMessage, AdminOptions, AdminRequest } from '../admin/thread-messages.js';
import { TemporaryError } from '../errors.js';
import type { App, DoorContext } from './doors.js';

/** The administrator's pages: a thread that is started when the first of them is asked for. */
export interface AdminPages {
  answer(request: Request, client: string): Promise<Response>;
  /** Ends when the runs that were begun from pages are settled. */
  stop(): Promise<void>;
}

type Answered = Extract<AdminMessage, { say: 'answer' }>;

/** Makes the pages. `onDeath` is called when their thread ends without having been told to. */
export function makeAdminPages(options: AdminOptions, onDeath: (error: Error) => void): AdminPages {
  const open = new Map<number, (answer: Answered) => void>();
  let thread: Promise<Worker> | undefined;
  let ended: (() => void) | undefined;
  let stopping = false;
  let asked = 0;

  function start(): Promise<Worker> {
    const worker = new Worker(new URL('./admin-thread.js', import.meta.url), { workerData: options });
    return new Promise<Worker>((resolve, reject) => {
      worker.on('message', (message: AdminMessage) => {
        if (message.say === 'answer') {
          open.get(message.id)?.(message);
          open.delete(message.id);
        } else if (message.say === 'ready') resolve(worker);
        else if (message.say === 'stopped') ended?.();
        else reject(new TemporaryError(message.message));
      });
      worker.on('error', (error) => onDeath(error instanceof Error ? error : new Error(String(error))));
      worker.on('exit', (code) => {
        if (!stopping) onDeath(new Error(`the thread of the admin pages ended with code ${code}`));
      });
    });
  }

  return {
    async answer(request, client) {
      if (stopping) throw new TemporaryError('drason serve is about to stop');
      thread ??= start();
      const worker = await thread;
      const { url, method, headers, body } = request;
      const message: AdminRequest = { id: ++asked, client, url, method, headers: [...headers], body };
      const {
        status,
        headers: given,
        body: text,
      } = await new Promise<Answered>((resolve) => {
        open.set(message.id, resolve);
        worker.postMessage(message, body ? [body] : []);
      });
      return new Response(text, { status, headers: given });
    },
    async stop() {
      stopping = true;
      if (!thread) return;
      const worker = await thread;
      const settled = new Promise<void>((resolve) => {
        ended = resolve;
      });
      worker.postMessage('stop');
      await settled;
      await worker.terminate();
    },
  };
}

/** The administrator's pages, below /admin. */
export function adminRoutes(app: App, pages: AdminPages): void {
  const answer = (c: DoorContext) => pages.answer(c.req.raw, c.get('client'));
  app.all('/admin', answer);
  app.all('/admin/*', answer);
}
