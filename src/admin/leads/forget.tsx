import { forgetPeople } from '../../pipeline/forget.js';
import { findPerson } from '../../store/leads/forget.js';
import { leadById } from '../../store/leads/lead-list.js';
import { clipped } from '../clipped.js';
import { type AdminApp, at, type Desk } from '../desk.js';
import { backTo } from '../forms.js';
import { Page, Text, Token } from '../layout.js';

/** So many campaigns are named in one line. */
const NAMED = 10;

/** Campaigns in a line: `campaign 1`, `campaigns 1, 2`. */
function inWords(campaigns: readonly string[]): string {
  const named = campaigns.slice(0, NAMED).join(', ');
  const more = campaigns.length > NAMED ? ` and ${campaigns.length - NAMED} more` : '';
  return `${campaigns.length === 1 ? 'campaign' : 'campaigns'} ${named}${more}`;
}

/** Erasing a person: a page that says what it does and asks, and the deed. */
export function forgetRoutes(app: AdminApp, desk: Desk): void {
  const { store } = desk;
  app.get('/o/:organization/leads/:id/forget', async (c) => {
    const config = c.get('config');
    const lead = await leadById(store, config.organization, c.req.param('id'));
    const person = lead && (await findPerson(store, config.organization, lead.email));
    if (!lead || !person) return c.notFound();
    const back = at(config, `leads/${lead.id}`);
    return c.html(
      <Page c={c} desk={desk} page="leads" title="Forget a person">
        <section>
          <p>
            Erase <Text>{clipped(lead.email, 320)}</Text> from <Text>{config.organization}</Text> for good?
          </p>
          <ul>
            <li>The person goes from every table, the audit log included, which keeps that it was done.</li>
            <li>A keyed hash stays, so that no later list brings them back: their rows count as blocked.</li>
            <li>
              Smartlead is not touched
              {person.campaigns.length === 0
                ? '; nothing says that it has the person.'
                : ` and has, or may have, the person in ${inWords(person.campaigns)}: delete them there as well.`}
            </li>
            <li>
              The database file is rewritten, so that nothing can be read from free space. A large one takes a while.
            </li>
            <li>It cannot be undone.</li>
          </ul>
          <form method="post" action={`${back}/forget`} class="actions">
            <Token c={c} />
            <button type="submit" class="danger">
              Erase for good
            </button>
            <a class="button quiet" href={back}>
              No, go back
            </a>
          </form>
        </section>
      </Page>,
    );
  });

  app.post('/o/:organization/leads/:id/forget', async (c) => {
    const config = c.get('config');
    const lead = await leadById(store, config.organization, c.req.param('id'));
    if (!lead) return c.notFound();
    const people = await forgetPeople(store, [config.organization], [lead.email]);
    const stillIn = people.flatMap((one) => one.stillIn);
    const then =
      stillIn.length === 0
        ? 'Nothing says that Smartlead has the person.'
        : `Smartlead still has, or may have, the person in ${inWords(stillIn)}: delete them there as well.`;
    return backTo(c, at(config, 'leads'), `The person is erased. ${then}`);
  });
}
