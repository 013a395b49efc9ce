import { z } from 'zod';
import { UsageError } from '../../errors.js';
import { blockListMatch } from '../../health/gate.js';
import { stillMailedLines } from '../../pipeline/still-mailed.js';
import { suppressionValue, suppressValues } from '../../pipeline/suppress.js';
import {
  findSuppression,
  listSuppressions,
  removeSuppressions,
  type Suppression,
} from '../../store/leads/suppressions.js';
import { counted, printable } from '../../text/wording.js';
import { type AdminApp, type AdminContext, at, type Desk } from '../desk.js';
import { backTo, formOf, optionalField, readFields } from '../forms.js';
import { Page, Text, Time, Token } from '../layout.js';

const PAGE = 100;
/** More than this is better read from a file: `drason suppress import`. */
const MOST = 10_000;

const listSchema = z.object({ find: optionalField, after: z.string().default('') });
const addSchema = z.object({
  values: z.string(),
  reason: optionalField.pipe(z.string().max(200, 'at most 200 characters').default('on your list')),
});
const removeSchema = z.object({ value: z.string().min(1) });

/** A form that was sent and could not be taken: what it held, and why not. */
interface Refused {
  values: string;
  reason: string;
  problem: string;
}

/** Whether what was searched for is suppressed, and by what. */
async function answerFor(c: AdminContext, desk: Desk, find: string): Promise<string | undefined> {
  const { organization, health } = c.get('config');
  const value = suppressionValue(find);
  if (value === undefined) return undefined;
  const found = await findSuppression(desk.store, organization, value);
  if (found) {
    const by = found.value === value ? '' : ` by ${found.value}`;
    return `${find} is suppressed${by}: ${found.reason} (${found.source}).`;
  }
  const blocked = blockListMatch(health)(value);
  if (blocked !== undefined) return `${find} is suppressed by health.block of the rules file (${blocked}).`;
  return `${find} is not suppressed.`;
}

function AddForm({ c, refused }: { c: AdminContext; refused: Refused | undefined }) {
  return (
    <form method="post" action={at(c.get('config'), 'suppressions')} class="stack">
      <Token c={c} />
      {refused === undefined ? null : (
        <p class="notice bad" role="alert">
          <Text>{refused.problem}</Text>
        </p>
      )}
      <label>
        Addresses and domains, one a line
        <textarea name="values" rows={4} cols={44} required>
          {refused?.values}
        </textarea>
      </label>
      <label>
        Reason
        <input name="reason" value={refused?.reason} placeholder="on your list" maxlength={200} size={44} />
      </label>
      <button type="submit">Suppress them</button>
      <p class="hint">
        A domain stands for its subdomains, too. Leads that are held are blocked at once, leads on their way when they
        are settled; nobody is taken out of a campaign.
      </p>
    </form>
  );
}

function List({ c, page }: { c: AdminContext; page: readonly Suppression[] }) {
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">Address or domain</th>
          <th scope="col">Reason</th>
          <th scope="col">Source</th>
          <th scope="col">Since (UTC)</th>
          <th scope="col">Remove</th>
        </tr>
      </thead>
      <tbody>
        {page.map(({ value, reason, source, createdAt }) => (
          <tr>
            <td>
              <Text>{value}</Text>
            </td>
            <td>
              <Text>{reason}</Text>
            </td>
            <td>
              <Text>{source}</Text>
            </td>
            <td>
              <Time at={createdAt} />
            </td>
            <td>
              <form method="post" action={at(c.get('config'), 'suppressions/remove')}>
                <Token c={c} />
                <input type="hidden" name="value" value={value} />
                <button type="submit" class="quiet" aria-label={`Take ${printable(value)} off the list`}>
                  Take off
                </button>
              </form>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

async function show(c: AdminContext, desk: Desk, refused?: Refused) {
  const config = c.get('config');
  const { find, after } = readFields(listSchema, c.req.query());
  const begin = find === undefined ? '' : (suppressionValue(find) ?? find.toLowerCase());
  // one more than is shown says whether there are more
  const found = await listSuppressions(desk.store, config.organization, after, PAGE + 1, begin);
  const page = found.slice(0, PAGE);
  const last = page.at(-1)?.value ?? '';
  const answer = find === undefined ? undefined : await answerFor(c, desk, find);
  const address = at(config, 'suppressions');
  const more = new URLSearchParams({ ...(find === undefined ? {} : { find }), after: last });
  return c.html(
    <Page c={c} desk={desk} page="suppressions" title="Suppressions">
      <div class="columns">
        <section>
          <h2>Never to be mailed</h2>
          <AddForm c={c} refused={refused} />
        </section>
        <section>
          <h2>Is somebody suppressed?</h2>
          <form method="get" action={address} class="filters" aria-label="Look up">
            <label>
              Address or domain, or its beginning
              <input type="search" name="find" value={find} size={28} autocomplete="off" />
            </label>
            <button type="submit">Look</button>
            <a class="button quiet" href={address}>
              All
            </a>
          </form>
          {answer === undefined ? null : (
            <p role="status">
              <strong>
                <Text>{answer}</Text>
              </strong>
            </p>
          )}
        </section>
      </div>
      <section>
        <h2>
          {find === undefined ? (
            'The list'
          ) : (
            <>
              Entries that begin with <Text>{begin}</Text>
            </>
          )}
        </h2>
        {page.length === 0 ? <p class="none">There is none.</p> : <List c={c} page={page} />}
        <p class="pages">
          {after === '' ? null : (
            <a href={find === undefined ? address : `${address}?${new URLSearchParams({ find })}`}>
              From the beginning
            </a>
          )}
          {found.length > PAGE ? (
            <a href={`${address}?${more}`} rel="next">
              Next
            </a>
          ) : null}
        </p>
        <p class="hint">
          What an unsubscribe or a bounce has added is here as well. Leads that were blocked stay so when an entry is
          taken off, until they are ingested again.
        </p>
      </section>
    </Page>,
  );
}

/** Who must never be mailed: looked up, added, taken off. */
export function suppressionsRoutes(app: AdminApp, desk: Desk): void {
  const { store } = desk;
  app.get('/o/:organization/suppressions', (c) => show(c, desk));

  app.post('/o/:organization/suppressions', async (c) => {
    const config = c.get('config');
    const form = readFields(addSchema, await formOf(c));
    const values = form.values
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '');
    try {
      if (values.length === 0) throw new UsageError('There is no address and no domain.');
      if (values.length > MOST) {
        throw new UsageError(`These are ${counted(values.length, 'line')}; for so many: drason suppress import FILE`);
      }
      const why = { reason: form.reason, source: 'admin page' };
      const { added, known, blocked, stillMailed } = await suppressValues(store, config.organization, values, why);
      const done = `${counted(added, 'entry', 'entries')} added, ${known} on the list already; ${counted(blocked, 'held lead')} blocked by it.`;
      return backTo(c, at(config, 'suppressions'), [done, ...stillMailedLines(stillMailed)].join(' '));
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      c.status(400);
      const problem = [error.message, error.next].filter((part) => part !== undefined).join('. ');
      return show(c, desk, { values: form.values, reason: form.reason, problem: `Nothing was added: ${problem}` });
    }
  });

  app.post('/o/:organization/suppressions/remove', async (c) => {
    const config = c.get('config');
    const { value } = readFields(removeSchema, await formOf(c));
    const gone = await removeSuppressions(store, config.organization, [suppressionValue(value) ?? value]);
    const done =
      gone.length === 0
        ? 'That was not on the list any more.'
        : 'It was taken off the list; a lead that was blocked for it is decided again when it is ingested again.';
    return backTo(c, at(config, 'suppressions'), done);
  });
}
