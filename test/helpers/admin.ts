import { once } from 'node:events';
import { type Serving, startServe } from './serve.js';
import type { Trial } from './trial.js';

/** What a page answered. */
export interface PageAnswer {
  status: number;
  headers: Headers;
  text: string;
  /** Where it leads, for a redirect; the others are ''. */
  location: string;
}

/** `drason serve` with an administrator logged in. Addresses are whole paths, such as `/admin/o/default/leads`. */
export interface Admin {
  serving: Serving;
  cookie: string;
  /** The token of this login's forms. */
  token: string;
  /** Asks for a page; redirects are not followed. */
  get(path: string): Promise<PageAnswer>;
  /** Sends a form, with its token. A list is a field that comes several times. */
  post(path: string, fields?: Record<string, string | readonly string[]>): Promise<PageAnswer>;
  /** Sends a form with files; its token goes into the address. */
  upload(path: string, form: FormData): Promise<PageAnswer>;
  /** Waits until a job has ended (`path` is its page): the address of its run's page, or the page that says how. */
  jobEnd(path: string): Promise<PageAnswer>;
}

/** Starts `drason serve` on the trial and logs in with the link that it prints. Ends with the test. */
export async function startAdmin(
  trial: Trial,
  options: { args?: readonly string[]; env?: Record<string, string> } = {},
): Promise<Admin> {
  const serving = await startServe(trial, options);
  const link = () => /\/admin\/login\?link=([\w-]+)/.exec(serving.stderr())?.[1];
  while (link() === undefined && serving.child.stderr) await once(serving.child.stderr, 'data');
  let cookie = '';

  async function ask(path: string, init: RequestInit = {}): Promise<PageAnswer> {
    const headers = { ...Object.fromEntries(new Headers(init.headers)), cookie };
    const response = await fetch(serving.url + path, { ...init, headers, redirect: 'manual' });
    const { status, headers: given } = response;
    return { status, headers: given, text: await response.text(), location: given.get('location') ?? '' };
  }

  const body = new URLSearchParams({ link: link() ?? '' });
  const answer = await ask('/admin/login', { method: 'POST', body });
  cookie = /^[^;]+/.exec(answer.headers.get('set-cookie') ?? '')?.[0] ?? '';
  if (answer.status !== 303 || cookie === '') throw new Error(`no login: ${answer.status} ${answer.text}`);
  const home = await ask((await ask('/admin')).location);
  const token = /name="token" value="([^"]+)"/.exec(home.text)?.[1];
  if (token === undefined) throw new Error(`no token: ${home.status} ${home.text}`);

  const get = (path: string) => ask(path);
  return {
    serving,
    cookie,
    token,
    get,
    post(path, fields = {}) {
      const form = new URLSearchParams({ token });
      for (const [name, value] of Object.entries(fields)) {
        for (const one of typeof value === 'string' ? [value] : value) form.append(name, one);
      }
      return ask(path, { method: 'POST', body: form });
    },
    upload(path, form) {
      const mark = path.includes('?') ? '&' : '?';
      return ask(`${path}${mark}token=${encodeURIComponent(token)}`, { method: 'POST', body: form });
    },
    async jobEnd(path) {
      for (;;) {
        const page = await get(path);
        if (page.status !== 200 || !page.text.includes('data-live=')) return page;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    },
  };
}
