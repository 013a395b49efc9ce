import { ReadableStream } from 'node:stream/web';
import { Worker } from 'node:worker_threads';
import type { AdminMessage, AdminOptions, AdminRequest } from '../admin/thread-messages.js';
import { TemporaryError } from '../errors.js';
import type { App, DoorContext } from './doors.js';
import { readBytes, refusePacked } from './json-body.js';
import type { OwnNames } from './own-names.js';
import { ApiError } from './replies.js';
import { isUploadAddress } from './upload-address.js';

/** The administrator's pages: a thread that is started when the first of them is asked for. */
export interface AdminPages {
  answer(asked: Asked): Promise<Response>;
  /** Ends when the runs that were begun from pages are settled. */
  stop(): Promise<void>;
}

type Asked = Omit<AdminRequest, 'id'>;
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

/** A form may be this large, bytes; before it is known who sends it there is no more than a password to send. */
const MAX_FORM_BYTES = 1024 * 1024;
const MAX_LOGIN_BYTES = 16 * 1024;
/** So many fields a form may have: a page of leads has some hundreds. */
const MAX_FIELDS = 5000;

/**
 * A request whose form was read to its end, within bounds, before anything is made of it. A file goes on as it comes: it
 * is read where it is known who sends it. Throws an ApiError.
 */
async function bounded(c: DoorContext): Promise<Asked> {
  const { url, method, headers, body } = c.req.raw;
  const asked = { client: c.get('client'), url, method, headers: [...headers] };
  if (method === 'GET' || method === 'HEAD') return { ...asked, body: null };
  if (isUpload(c)) return { ...asked, body };
  refusePacked(c);
  const most = c.req.path === '/admin/login' ? MAX_LOGIN_BYTES : MAX_FORM_BYTES;
  const bytes = await readBytes(c, { most });
  let fields = 1;
  for (const byte of bytes) if (byte === AMPERSAND) fields++;
  if (fields > MAX_FIELDS) throw new ApiError(413, 'TOO_LARGE', `A form may have ${MAX_FIELDS} fields.`);
  const type = c.req.header('content-type') ?? '';
  if (bytes.length > 0 && !/^application\/x-www-form-urlencoded\b/i.test(type)) {
    throw new ApiError(415, 'NOT_A_FORM', 'Send the form as application/x-www-form-urlencoded.');
  }
  return { ...asked, body: bytes.length > 0 ? new Uint8Array(bytes) : null };
}

const AMPERSAND = 38;

const isUpload = (c: DoorContext) =>
  isUploadAddress(c.req.raw.url.slice(c.req.raw.url.indexOf('/', 8))) &&
  (c.req.header('content-type')?.startsWith('multipart/form-data') ?? false);

/** The administrator's pages, below /admin. */
export function adminRoutes(app: App, pages: AdminPages, names: OwnNames): void {
  const answer = async (c: DoorContext) => {
    names.check(c.req.header('host'));
    return pages.answer(await bounded(c));
  };
  app.all('/admin', answer);
  app.all('/admin/*', answer);
}
