import { z } from 'zod';
import { canonicalAddress } from '../../address.js';
import { since } from '../../config/since.js';
import { UsageError } from '../../errors.js';
import { AUDIT_ACTIONS, AUDIT_TRIGGERS } from '../../store/log/audit.js';
import { type AuditFilter, type ListedAudit, pageOfAudit, timeOfEntry } from '../../store/log/audit-list.js';
import { findRun } from '../../store/log/run-list.js';
import { campaignNames } from '../../store/rosters/campaigns.js';
import { detailsText } from '../../text/audit-words.js';
import { type AdminApp, type AdminContext, at, type Desk } from '../desk.js';
import { optionalField, readFields } from '../forms.js';
import { Page, Text, Time } from '../layout.js';

const PAGE = 100;
/** So long the log is searched before the page says how far it came, milliseconds. */
const BUDGET_MS = 800;

const queryShape = {
  email: optionalField.transform((text) => (text === undefined ? undefined : canonicalAddress(text))),
  action: optionalField.pipe(z.enum(AUDIT_ACTIONS).optional()),
  trigger: optionalField.pipe(z.enum(AUDIT_TRIGGERS).optional()),
  run: optionalField,
  campaign: optionalField,
  since: optionalField.pipe(since.optional()),
  from: z.coerce.number().int().nonnegative().default(Number.MAX_SAFE_INTEGER),
};
const querySchema = z.object(queryShape);
type Query = z.infer<typeof querySchema>;

/** The address of the page that goes on with an entry. */
function pageAt(c: AdminContext, { from: _, ...filter }: Query, from?: number): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(filter)) if (value !== undefined) query.set(name, value);
  if (from !== undefined) query.set('from', String(from));
  const text = query.toString();
  return `${at(c.get('config'), 'audit')}${text === '' ? '' : `?${text}`}`;
}

function Choice(props: { name: string; label: string; words: readonly string[]; chosen: string | undefined }) {
  return (
    <label>
      {props.label}
      <select name={props.name}>
        <option value="">any</option>
        {props.words.map((word) => (
          <option value={word} selected={word === props.chosen}>
            {word}
          </option>
        ))}
      </select>
    </label>
  );
}

function Filters({ c, query }: { c: AdminContext; query: Query }) {
  return (
    <form method="get" action={at(c.get('config'), 'audit')} class="filters" aria-label="Filters">
      <label>
        E-mail
        <input name="email" value={query.email} size={24} autocomplete="off" />
      </label>
      <Choice name="action" label="Action" words={AUDIT_ACTIONS} chosen={query.action} />
      <Choice name="trigger" label="Caused by" words={AUDIT_TRIGGERS} chosen={query.trigger} />
      <label>
        Campaign
        <input name="campaign" value={query.campaign} size={10} autocomplete="off" />
      </label>
      <label>
        Run
        <input name="run" value={query.run} size={14} autocomplete="off" />
      </label>
      <label>
        Since
        <input name="since" value={query.since} placeholder="2h, 7d, 2026-01-31" size={17} autocomplete="off" />
      </label>
      <button type="submit">Show</button>
      <a class="button quiet" href={at(c.get('config'), 'audit')}>
        All
      </a>
    </form>
  );
}

/** What an entry is about, with a link where there is a page about it. */
function About({ c, entry }: { c: AdminContext; entry: ListedAudit }) {
  const { entity, entity_id: id, email } = entry;
  const config = c.get('config');
  if (entity === 'lead' && email !== null) {
    return (
      <a href={at(config, `leads/${id}`)}>
        <Text>{email}</Text>
      </a>
    );
  }
  if (entity === 'run') return <a href={at(config, `runs/${id}`)}>a run</a>;
  if (entity === 'campaign') {
    return (
      <>
        campaign <Text>{id}</Text>
      </>
    );
  }
  return <span class="none">{entity === 'lead' ? 'a lead that is gone' : `a ${entity}`}</span>;
}

function Entries(props: { c: AdminContext; entries: readonly ListedAudit[]; names: ReadonlyMap<string, string> }) {
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">When (UTC)</th>
          <th scope="col">About</th>
          <th scope="col">Caused by</th>
          <th scope="col">Action</th>
          <th scope="col">Details</th>
        </tr>
      </thead>
      <tbody>
        {props.entries.map((entry) => (
          <tr id={`entry-${entry.id}`}>
            <td>
              <Time at={entry.created_at} />
            </td>
            <td>
              <About c={props.c} entry={entry} />
            </td>
            <td>{entry.trigger}</td>
            <td>{entry.action}</td>
            <td>
              <details>
                <summary>
                  <Text>{detailsText(entry.details, props.names) || 'nothing more'}</Text>
                </summary>
                <pre>
                  <Text>{`entry ${entry.id}, about ${entry.entity} ${entry.entity_id}\n${JSON.stringify(entry.details, null, 2)}`}</Text>
                </pre>
              </details>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** What happened and why, newest first, a page at a time. */
export function auditRoutes(app: AdminApp, desk: Desk): void {
  const { store } = desk;
  app.get('/o/:organization/audit', async (c) => {
    const { organization } = c.get('config');
    const query = readFields(querySchema, c.req.query());
    const { email, action, trigger, run: runId, campaign: campaignId, since: from } = query;
    if (runId !== undefined && !(await findRun(store, organization, runId))) {
      throw new UsageError(`There is no run ${runId} of ${organization}.`, 'The page of the runs lists them.');
    }
    const filter: AuditFilter = { email, action, trigger, runId, campaignId, since: from };
    const found = await pageOfAudit(store, organization, filter, {
      upTo: query.from,
      count: PAGE,
      budgetMs: BUDGET_MS,
    });
    const names = await campaignNames(store, organization);
    const reached = found.full ? null : await timeOfEntry(store, found.goesOn);
    return c.html(
      <Page c={c} desk={desk} page="audit" title="Audit log">
        <Filters c={c} query={query} />
        <section>
          {found.entries.length === 0 ? (
            <p class="none">{found.full ? 'No entry fits.' : 'No entry fits so far.'}</p>
          ) : (
            <Entries c={c} entries={found.entries} names={names} />
          )}
          {found.full ? null : (
            <p class="notice warn">
              The log is long: it was searched back to <Time at={reached} />, and not further.
            </p>
          )}
          <p class="pages">
            {query.from === Number.MAX_SAFE_INTEGER ? null : <a href={pageAt(c, query)}>Newest</a>}
            {found.goesOn === 0 ? null : (
              <a href={pageAt(c, query, found.goesOn)} rel="next">
                {found.full ? 'Older' : 'Search on'}
              </a>
            )}
          </p>
        </section>
      </Page>,
    );
  });
}
