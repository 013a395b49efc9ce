/** The pages in a thread of their own: what they read takes up to a second, and neither HTTP nor the delivery waits. */
import { parentPort, workerData } from 'node:worker_threads';
import { systemClock } from '../clock.js';
import { removeOldRejects } from '../pipeline/kept-rejects.js';
import { redact } from '../redact.js';
import { closeStore, openStore } from '../store/engine/open.js';
import { useAdminLink } from '../store/settings/admin-links.js';
import { buildAdminApp } from './app.js';
import type { Desk } from './desk.js';
import { Logins } from './login/logins.js';
import { Jobs } from './runs/jobs.js';
import type { AdminMessage, AdminOptions, AdminRequest } from './thread-messages.js';
import { removeLeftUploads, Uploads } from './upload/uploads.js';

const port = parentPort;

function tell(message: AdminMessage): void {
  const body = message.say === 'answer' ? message.body : null;
  port?.postMessage(message, body ? [body] : []);
}

/** What was asked; undefined where no Request can say it: TRACE, or an address with a password. Anybody may send such. */
function requestOf({ url, method, headers, body }: AdminRequest): Request | undefined {
  try {
    return new Request(url, body ? { method, headers, body, duplex: 'half' } : { method, headers });
  } catch {
    return undefined;
  }
}

async function work(options: AdminOptions): Promise<void> {
  const store = await openStore(options.databasePath, options.kind, systemClock, true);
  const desk: Desk = {
    store,
    clock: systemClock,
    organizations: new Map(options.organizations.map((config) => [config.organization, config])),
    env: process.env,
    rulesPath: options.rulesPath,
    publicHosts: new Set(options.publicUrls.map((url) => new URL(url).host)),
    settingLines: options.settingLines,
    sandbox: options.sandbox,
    logins: new Logins(options.entrance, systemClock, (link) => useAdminLink(store, link)),
    jobs: new Jobs(options.kind === 'sandbox'),
    uploads: new Uploads(options.databasePath),
    tellFault: (path, { message, stack }) =>
      tell({ say: 'fault', path, message: redact(message), stack: stack && redact(stack) }),
  };
  await Promise.all([removeOldRejects(store), removeLeftUploads(options.databasePath)]);
  const app = buildAdminApp(desk);

  async function answer(message: AdminRequest): Promise<void> {
    const request = requestOf(message);
    const response = request
      ? await app.fetch(request, { client: message.client })
      : new Response('The request cannot be read.', { status: 400 });
    const { status, headers, body } = response;
    tell({ say: 'answer', id: message.id, status, headers: [...headers], body });
  }

  port?.on('message', (message: AdminRequest | 'stop') => {
    if (message !== 'stop') {
      void answer(message);
      return;
    }
    void desk.jobs.stop().then(async () => {
      await desk.uploads.close();
      closeStore(store);
      tell({ say: 'stopped' });
    });
  });
  tell({ say: 'ready' });
}

work(workerData).catch((error: unknown) =>
  tell({ say: 'not_started', message: redact(error instanceof Error ? error.message : String(error)) }),
);
