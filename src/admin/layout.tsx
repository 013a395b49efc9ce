import { raw } from 'hono/html';
import type { Child } from 'hono/jsx';
import { redact } from '../redact.js';
import { printable } from '../text/wording.js';
import { type AdminContext, at, type Desk } from './desk.js';

/** The pages of an organization, in the order of the menu. */
const MENU = [
  ['', 'Overview'],
  ['leads', 'Leads'],
  ['upload', 'Upload'],
  ['runs', 'Runs'],
  ['audit', 'Audit'],
  ['rules', 'Rules'],
  ['stopped', 'Stopped'],
  ['suppressions', 'Suppressions'],
  ['settings', 'Settings'],
] as const;
export type MenuPage = (typeof MENU)[number][0];

/** The head of a column of numbers. */
export function NumberHead({ children }: { children: string }) {
  return (
    <th scope="col" class="number">
      {children}
    </th>
  );
}

/** Text that comes from outside: harmless, on its own, whichever way it is written. */
export function Text({ children }: { children: string | number | null | undefined }) {
  return <bdi>{redact(printable(String(children ?? '–')))}</bdi>;
}

/** A time in UTC, as people read it. */
export function Time({ at: iso }: { at: string | null }) {
  if (iso === null) return <span class="none">–</span>;
  return (
    <time datetime={iso} title={`${iso} (UTC)`}>
      {iso.slice(0, 19).replace('T', ' ')}
    </time>
  );
}

/** The whole of an HTML page. `refresh`: seconds after which a browser without script loads it anew. */
export function Document(props: { title: string; refresh?: number | undefined; children: Child }) {
  return (
    <>
      {raw('<!DOCTYPE html>')}
      <html lang="en">
        <head>
          <meta charset="utf-8" />
          <meta name="viewport" content="width=device-width, initial-scale=1" />
          <meta name="color-scheme" content="light dark" />
          {props.refresh === undefined ? null : (
            <noscript>
              <meta http-equiv="refresh" content={String(props.refresh)} />
            </noscript>
          )}
          <title>{`${props.title} · drason`}</title>
          <link rel="stylesheet" href="/admin/assets/admin.css" />
          <link rel="icon" href="/admin/assets/icon.svg" type="image/svg+xml" />
          <script src="/admin/assets/admin.js" defer></script>
        </head>
        <body>{props.children}</body>
      </html>
    </>
  );
}

/** The hidden field without which no form is taken. */
export function Token({ c }: { c: AdminContext }) {
  return <input type="hidden" name="token" value={c.get('login').token} />;
}

/** A line at the top of a page that says what was just done; the query has its code. */
function Notice({ c }: { c: AdminContext }) {
  const { notice } = c.get('login');
  return notice === undefined || notice.code !== c.req.query('done') ? null : (
    <p class="notice" role="status">
      <Text>{notice.text}</Text>
    </p>
  );
}

/** A page with the menu of its organization. `live`: seconds after which its contents are asked for anew. */
export function Page(props: {
  c: AdminContext;
  desk: Desk;
  page: MenuPage | undefined;
  title: string;
  live?: number | undefined;
  children: Child;
}) {
  const { c, desk, page, title, live } = props;
  const config = c.get('config');
  const organizations = [...desk.organizations.values()];
  return (
    <Document title={`${title} · ${config.organization}`} refresh={live}>
      <a class="skip" href="#main">
        To the contents
      </a>
      <header class="top">
        <a class="brand" href={at(config)}>
          drason
        </a>
        {desk.sandbox ? <span class="tag yellow">sandbox</span> : null}
        {organizations.length === 1 ? (
          <span class="organization">{config.organization}</span>
        ) : (
          <details class="organization">
            <summary>{config.organization}</summary>
            <ul>
              {organizations.map((one) => (
                <li>
                  <a href={at(one, page)}>{one.organization}</a>
                </li>
              ))}
            </ul>
          </details>
        )}
        <form method="post" action="/admin/logout" class="logout">
          <Token c={c} />
          <button type="submit" class="quiet">
            Log out
          </button>
        </form>
      </header>
      <nav aria-label="Pages">
        <ul>
          {MENU.map(([path, name]) => (
            <li>
              <a href={at(config, path)} aria-current={path === page ? 'page' : undefined}>
                {name}
              </a>
            </li>
          ))}
        </ul>
      </nav>
      <main id="main" tabindex={-1} data-live={live === undefined ? undefined : String(live)}>
        <h1>{title}</h1>
        <Notice c={c} />
        {props.children}
      </main>
    </Document>
  );
}
