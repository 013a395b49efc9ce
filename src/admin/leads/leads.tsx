import { z } from 'zod';
import { UsageError } from '../../errors.js';
import { reasonsOf } from '../../pipeline/retry-held.js';
import { leadById } from '../../store/leads/lead-list.js';
import { type LeadPage, leadPage } from '../../store/leads/lead-page.js';
import type { StoredLead } from '../../store/leads/lead-rows.js';
import { countLeads } from '../../store/queue/queue.js';
import { campaignNames } from '../../store/rosters/campaigns.js';
import { EXPORT_FORMATS } from '../../table/rows.js';
import { counted, number } from '../../text/wording.js';
import { Short } from '../clipped.js';
import { type AdminApp, type AdminContext, at, type Desk } from '../desk.js';
import { formOf, readFields } from '../forms.js';
import { Page, Text, Time, Token } from '../layout.js';
import { beginRetry } from '../runs/retry.js';
import { type LeadFields, leadFields, leadFilter, leadsAddress, sortOf } from './lead-filter.js';
import { LeadFilters, SORT_TEXT } from './lead-filters-view.js';
import { State } from './lead-state.js';

const PAGE_SIZE = 50;
/** A page ends with what was found by then, milliseconds. */
const BUDGET_MS = 800;

function LeadRow({ c, lead, names }: { c: AdminContext; lead: StoredLead; names: ReadonlyMap<string, string> }) {
  const id = lead.assigned_campaign_id;
  return (
    <tr>
      <td>
        {lead.status === 'HELD' ? (
          <input type="checkbox" name="lead" value={lead.id} aria-labelledby={`lead-${lead.id}`} />
        ) : null}
      </td>
      <td>
        <a href={at(c.get('config'), `leads/${lead.id}`)} id={`lead-${lead.id}`}>
          <Short>{lead.email}</Short>
        </a>
      </td>
      <td>
        <Short>{[lead.first_name, lead.last_name].filter((part) => part !== undefined).join(' ')}</Short>
      </td>
      <td>
        <Short>{lead.company}</Short>
      </td>
      <td>
        <Short>{lead.persona}</Short>
      </td>
      <td class="number">{lead.lead_score ?? '–'}</td>
      <td>
        <State status={lead.status} reason={lead.hold_reason} />
        {lead.last_error === null ? null : (
          <div class="what">
            <Short most={200}>{lead.last_error}</Short>
          </div>
        )}
      </td>
      <td>{id === null ? <span class="none">–</span> : <Short>{`${id} ${names.get(id) ?? ''}`.trim()}</Short>}</td>
      <td>{lead.health_classification}</td>
      <td>
        <Time at={lead.updated_at} />
      </td>
    </tr>
  );
}

const HEADINGS = ['E-mail', 'Name', 'Company', 'Persona', 'Score', 'Status', 'Campaign', 'Health', 'Changed (UTC)'];

function LeadTable({ c, leads, names }: { c: AdminContext; leads: StoredLead[]; names: ReadonlyMap<string, string> }) {
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">
            <input type="checkbox" data-ticks="lead" aria-label="Select all held leads of this page" />
          </th>
          {HEADINGS.map((heading) => (
            <th scope="col" class={heading === 'Score' ? 'number' : undefined}>
              {heading}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {leads.map((lead) => (
          <LeadRow c={c} lead={lead} names={names} />
        ))}
      </tbody>
    </table>
  );
}

/** The part of a filter that a retry can be given; undefined where there is more to the filter, or it is of no HELD leads. */
function retryOf(fields: LeadFields) {
  const { search, persona, source, since, status, reason, campaign, run } = fields;
  if ((search ?? persona ?? source ?? since) !== undefined) return undefined;
  if (status !== 'HELD' && reason === undefined) return undefined;
  return { reason, campaignId: campaign, runId: run, includeRefused: reason === 'refused', anyReason: false };
}

/** How many leads a filter of status and reason alone leaves; undefined for any other. */
async function countOf(desk: Desk, organization: string, fields: LeadFields, reasons?: readonly string[]) {
  const { search, persona, source, since, campaign, run, status, reason } = fields;
  if ((search ?? persona ?? source ?? since ?? campaign ?? run) !== undefined) return undefined;
  let n = 0;
  for (const one of await countLeads(desk.store, organization)) {
    const fits = (status ?? one.status) === one.status && (reason ?? one.hold_reason) === one.hold_reason;
    if (fits && (reasons === undefined || reasons.includes(one.hold_reason ?? ''))) n += one.n;
  }
  return n;
}

function RetryButtons({ fields, all }: { fields: LeadFields; all: number | undefined }) {
  const retry = retryOf(fields);
  const which = [
    fields.reason === undefined ? '' : ` held as ${fields.reason}`,
    fields.campaign === undefined ? '' : ` of campaign ${fields.campaign}`,
    fields.run === undefined ? '' : ' of this run',
  ].join('');
  const reasons = retry && fields.reason === undefined ? reasonsOf(retry) : undefined;
  return (
    <>
      <div class="actions">
        <button type="submit" name="what" value="selected">
          Retry the selected
        </button>
        {retry && all !== 0 ? (
          <button type="submit" name="what" value="all" class="quiet">
            Retry all{all === undefined ? '' : ` ${number(all)}`} <Text>{which.trim()}</Text>
          </button>
        ) : null}
        <span class="hint">
          Decided again by today's rules and pushed at once; stops of the key and of campaigns are lifted.
        </span>
      </div>
      {reasons && retry ? (
        <p class="hint">
          All are those held as {reasons.join(', ')}. Those held for other reasons go when you choose the reason, or
          select them.
        </p>
      ) : null}
    </>
  );
}

function Paging({ c, fields, page }: { c: AdminContext; fields: LeadFields; page: LeadPage }) {
  const { next, lookedAt } = page;
  return (
    <>
      {lookedAt === undefined ? null : (
        <p class="notice warn">
          Not everything was looked at: about {counted(lookedAt, 'lead')} so far, in the order of the list.{' '}
          <a href={leadsAddress(c, { ...fields, after: next })}>Go on</a>
        </p>
      )}
      <p class="pages">
        {fields.after === undefined ? null : <a href={leadsAddress(c, { ...fields, after: undefined })}>First page</a>}
        {next === undefined || lookedAt !== undefined ? null : (
          <a href={leadsAddress(c, { ...fields, after: next })} rel="next">
            Next page
          </a>
        )}
      </p>
    </>
  );
}

/** What can be said of a search that was for a name: whether addresses begin so, which an index knows. */
async function asAddress(desk: Desk, organization: string, { search = '' }: LeadFields): Promise<boolean> {
  if (search === '' || /[@\s]/.test(search)) return false;
  const request = { sort: 'a-z' as const, after: undefined, size: 1, budgetMs: 50 };
  const page = await leadPage(desk.store, organization, { addressBegins: search.toLowerCase() }, request);
  return (page?.leads.length ?? 0) > 0;
}

const retrySchema = z.object({
  what: z.enum(['selected', 'all']),
  lead: z.array(z.string()).max(1000).default([]),
});

/** The leads: search, filters, sort, paging, export, and another chance for those that are held. */
export function leadsRoutes(app: AdminApp, desk: Desk): void {
  const { store } = desk;
  app.get('/o/:organization/leads', async (c) => {
    const { organization } = c.get('config');
    const fields = leadFields(c);
    const filter = await leadFilter(store, organization, fields);
    const sort = sortOf(fields, filter);
    const request = { sort, after: fields.after, size: PAGE_SIZE, budgetMs: BUDGET_MS };
    const page = await leadPage(store, organization, filter, request);
    if (!page) return c.redirect(leadsAddress(c, { ...fields, after: undefined }), 303);
    const names = await campaignNames(store, organization);
    const n = await countOf(desk, organization, fields);
    const retry = retryOf(fields);
    const all = retry && (await countOf(desk, organization, fields, reasonsOf(retry)));
    const shown = n === undefined ? `${counted(page.leads.length, 'lead')} on this page` : counted(n, 'lead');
    const offer = fields.in === undefined && (await asAddress(desk, organization, fields));
    const { after: _, ...asked } = fields;
    return c.html(
      <Page c={c} desk={desk} page="leads" title="Leads">
        <section aria-label="Search and filters">
          <LeadFilters c={c} fields={fields} sort={sort} names={names} />
          <p>
            {shown}, {SORT_TEXT[sort]}. Export{' '}
            {EXPORT_FORMATS.map((format) => (
              <>
                <a href={leadsAddress(c, { ...asked, format }, 'leads/export')} download>
                  {format.toUpperCase()}
                </a>{' '}
              </>
            ))}
            <span class="hint">(all that fit, newest first)</span>
          </p>
          {offer ? (
            <p>
              <a href={leadsAddress(c, { ...asked, in: 'address' })}>
                Addresses that begin with <Text>{fields.search}</Text>
              </a>
            </p>
          ) : null}
        </section>
        <section aria-label="Leads">
          {page.leads.length === 0 ? (
            <p class="none">
              {page.lookedAt !== undefined
                ? 'None found so far.'
                : n === 0 && fields.status === undefined && fields.reason === undefined
                  ? 'There are no leads yet. Upload a file, or run drason ingest.'
                  : 'No lead fits.'}
            </p>
          ) : (
            <form method="post" action={leadsAddress(c, asked, 'leads/retry')}>
              <Token c={c} />
              <LeadTable c={c} leads={page.leads} names={names} />
              <RetryButtons fields={fields} all={all} />
            </form>
          )}
          <Paging c={c} fields={fields} page={page} />
        </section>
      </Page>,
    );
  });

  app.post('/o/:organization/leads/retry', async (c) => {
    const { organization } = c.get('config');
    const { what, lead: ids } = readFields(retrySchema, await formOf(c, ['lead']));
    if (what === 'all') {
      const fields = leadFields(c);
      const retry = retryOf(fields);
      if (!retry) throw new UsageError('a retry can be of held leads by reason, campaign and run only');
      await leadFilter(store, organization, fields);
      return beginRetry(c, desk, 'Retry of held leads', retry);
    }
    const leads = await Promise.all(ids.map((id) => leadById(store, organization, id)));
    const emails = leads.flatMap((lead) => (lead?.status === 'HELD' ? [lead.email] : []));
    if (emails.length === 0) throw new UsageError('no held lead was selected', 'Go back and tick those to retry.');
    return beginRetry(c, desk, `Retry of ${counted(emails.length, 'lead')}`, { emails, anyReason: true });
  });
}
