import { createHash } from 'node:crypto';
import { setCookie } from 'hono/cookie';
import type { AdminApp, AdminContext, Desk } from '../desk.js';
import { formOf } from '../forms.js';
import { Document } from '../layout.js';

/** The cookie that stands for a login here: browsers keep one jar for all ports of a host, so each database has its own. */
export function cookieName(databasePath: string): string {
  return `drason_admin_${createHash('sha256').update(databasePath).digest('hex').slice(0, 8)}`;
}

function LoginPage({ desk, problem, link }: { desk: Desk; problem?: string | undefined; link?: string | undefined }) {
  const asksFor = desk.logins.asksFor();
  return (
    <Document title="Log in">
      <main id="main" class="alone">
        <h1>drason</h1>
        {problem === undefined ? null : (
          <p class="notice bad" role="alert">
            {problem}
          </p>
        )}
        {link !== undefined ? (
          <form method="post" action="/admin/login" class="stack">
            <input type="hidden" name="link" value={link} />
            <p>The link works once.</p>
            <button type="submit" autofocus>
              Log in
            </button>
          </form>
        ) : asksFor === 'password' ? (
          <form method="post" action="/admin/login" class="stack">
            <label>
              Password
              <input type="password" name="presented" autocomplete="current-password" required autofocus />
            </label>
            <button type="submit">Log in</button>
          </form>
        ) : asksFor === 'link' ? (
          <p>
            Open the link that <code>drason serve</code> printed when it was started.
          </p>
        ) : (
          <p>
            The link that <code>drason serve</code> printed has been used, or has expired after an hour. Make another
            one with <code>drason keys admin-link</code>, or set a password with <code>drason keys password</code>.
          </p>
        )}
      </main>
    </Document>
  );
}

/** Where one logs in: all that answers without a login. */
export function loginRoutes(app: AdminApp, desk: Desk): void {
  app.get('/login', (c) => c.html(<LoginPage desk={desk} link={c.req.query('link')} />));
  app.post('/login', async (c) => {
    const { presented, link } = await formOf(c);
    const answer =
      typeof link === 'string'
        ? await desk.logins.logInByLink(link)
        : await desk.logins.logIn(typeof presented === 'string' ? presented : '', c.env.client);
    if ('cookie' in answer) {
      keep(c, cookieName(desk.store.path), answer.cookie);
      return c.redirect('/admin', 303);
    }
    if (answer.waitS > 0) {
      c.header('retry-after', String(answer.waitS));
      c.status(429);
      const problem = `Too many wrong tries. Try again in ${answer.waitS} s.`;
      return c.html(<LoginPage desk={desk} problem={problem} />);
    }
    c.status(403);
    const wrong =
      typeof link === 'string' || desk.logins.asksFor() !== 'password'
        ? 'That link does not work: it was used, or has expired.'
        : 'That is not the password.';
    return c.html(<LoginPage desk={desk} problem={wrong} />);
  });
}

function keep(c: AdminContext, name: string, cookie: string): void {
  setCookie(c, name, cookie, {
    path: '/admin',
    httpOnly: true,
    sameSite: 'Lax',
    // whoever ends TLS in front of the server says so
    secure: c.req.header('x-forwarded-proto')?.split(',')[0]?.trim().toLowerCase() === 'https',
  });
}
