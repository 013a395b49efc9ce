import { Hono } from 'hono';
import { getCookie } from 'hono/cookie';
import { HTTPException } from 'hono/http-exception';
import { secureHeaders } from 'hono/secure-headers';
import { DrasonError, TemporaryError } from '../errors.js';
import { redact } from '../redact.js';
import { packageFile } from '../version.js';
import { type AdminApp, at, type Desk, type DeskEnv } from './desk.js';
import { formOf } from './forms.js';
import { Document, Text } from './layout.js';
import { forgetRoutes } from './leads/forget.js';
import { leadRoutes } from './leads/lead.js';
import { leadExportRoutes } from './leads/lead-export.js';
import { leadsRoutes } from './leads/leads.js';
import { cookieName, loginRoutes } from './login/login.js';
import { auditRoutes } from './pages/audit.js';
import { overviewRoutes } from './pages/overview.js';
import { rulesRoutes } from './pages/rules.js';
import { settingsRoutes } from './pages/settings.js';
import { stoppedRoutes } from './pages/stopped.js';
import { suppressionsRoutes } from './pages/suppressions.js';
import { jobRoutes } from './runs/job-pages.js';
import { runRoutes } from './runs/runs.js';
import { uploadRoutes } from './upload/upload.js';

const ASSETS = { 'admin.css': 'text/css', 'admin.js': 'text/javascript', 'icon.svg': 'image/svg+xml' } as const;

/** What the login page is made of; it holds nothing of anybody, and is all that answers without a login. */
function assetRoutes(app: AdminApp): void {
  for (const [name, type] of Object.entries(ASSETS)) {
    const text = packageFile(`assets/${name}`);
    app.get(`/assets/${name}`, (c) =>
      c.body(text, 200, { 'content-type': `${type}; charset=utf-8`, 'cache-control': 'no-cache' }),
    );
  }
}

/** Whether a browser says that the request was made by a page of this server, or by a person. */
function isOwn(header: (name: string) => string | undefined, publicHosts: ReadonlySet<string>): boolean {
  // The browser itself says it, and knows the address it shows: a proxy may have put another one into Host.
  const site = header('sec-fetch-site');
  if (site === 'same-origin') return true;
  if (site !== undefined && site !== 'none') return false;
  const origin = header('origin');
  if (origin === undefined) return true;
  const host = URL.canParse(origin) ? new URL(origin).host : '';
  return host !== '' && (host === header('host') || publicHosts.has(host));
}

function ErrorPage({ title, message, next }: { title: string; message: string; next?: string | undefined }) {
  return (
    <Document title={title}>
      <main id="main" class="alone">
        <h1>{title}</h1>
        <p>
          <Text>{message}</Text>
        </p>
        {next === undefined ? null : (
          <p>
            <Text>{next}</Text>
          </p>
        )}
        <p>
          <a href="/admin">Back to the overview</a>
        </p>
      </main>
    </Document>
  );
}

/** Builds the administrator's pages. */
export function buildAdminApp(desk: Desk): AdminApp {
  const app: AdminApp = new Hono<DeskEnv>().basePath('/admin');
  const cookie = cookieName(desk.store.path);
  app.use(
    secureHeaders({
      contentSecurityPolicy: {
        defaultSrc: ["'none'"],
        styleSrc: ["'self'"],
        scriptSrc: ["'self'"],
        imgSrc: ["'self'"],
        connectSrc: ["'self'"],
        formAction: ["'self'"],
        baseUri: ["'none'"],
        frameAncestors: ["'none'"],
      },
      xFrameOptions: 'DENY',
      // with no-referrer a browser hides from us, too, which site a form came from
      referrerPolicy: 'same-origin',
      // set by who ends TLS, if at all
      strictTransportSecurity: false,
    }),
  );
  app.use(async (c, next) => {
    c.header('cache-control', 'no-store');
    const reads = c.req.method === 'GET' || c.req.method === 'HEAD';
    if (!reads && !isOwn((name) => c.req.header(name), desk.publicHosts)) {
      throw new HTTPException(403, { message: 'This form was sent by another site.' });
    }
    await next();
  });
  app.onError((error, c) => {
    const status = error instanceof HTTPException ? error.status : undefined;
    if (status !== undefined) {
      c.status(status);
      return c.html(<ErrorPage title="That was not done" message={error.message} />);
    }
    const known = error instanceof DrasonError ? error : undefined;
    if (!known) desk.tellFault(c.req.path, error);
    c.status(known ? (known instanceof TemporaryError ? 503 : 400) : 500);
    const message = redact(error.message);
    return c.html(<ErrorPage title="That did not work" message={message} next={known?.next} />);
  });
  app.notFound((c) => {
    const { method, path } = c.req;
    if (method === 'GET' && path.endsWith('/')) return c.redirect(path.slice(0, -1) + new URL(c.req.url).search, 303);
    c.status(404);
    return c.html(<ErrorPage title="There is nothing here" message="The address leads nowhere." />);
  });

  assetRoutes(app);
  loginRoutes(app, desk);
  app.use(async (c, next) => {
    const login = desk.logins.find(getCookie(c, cookie));
    if (!login) return c.redirect('/admin/login', 303);
    c.set('login', login);
    if (c.req.method !== 'GET' && c.req.method !== 'HEAD') {
      // A file is read as it comes, and not before it is known who sends it: its form has the token in its address.
      const isFile = c.req.header('content-type')?.startsWith('multipart/form-data') ?? false;
      const token = isFile ? c.req.query('token') : (await formOf(c)).token;
      if (!desk.logins.isToken(login, token)) {
        throw new HTTPException(403, {
          message: 'The form is not one of this login. Reload the page and try again.',
        });
      }
    }
    await next();
    return undefined;
  });
  app.post('/logout', (c) => {
    desk.logins.end(getCookie(c, cookie));
    return c.redirect('/admin/login', 303);
  });
  app.get('/', (c) => {
    const [first] = desk.organizations.values();
    return first ? c.redirect(at(first), 303) : c.notFound();
  });
  app.use('/o/:organization/*', async (c, next) => {
    const config = desk.organizations.get(c.req.param('organization'));
    if (!config) return c.notFound();
    c.set('config', config);
    await next();
    return undefined;
  });
  overviewRoutes(app, desk);
  jobRoutes(app, desk);
  rulesRoutes(app, desk);
  stoppedRoutes(app, desk);
  suppressionsRoutes(app, desk);
  auditRoutes(app, desk);
  leadsRoutes(app, desk);
  leadExportRoutes(app, desk);
  leadRoutes(app, desk);
  forgetRoutes(app, desk);
  settingsRoutes(app, desk);
  uploadRoutes(app, desk);
  runRoutes(app, desk);
  return app;
}
