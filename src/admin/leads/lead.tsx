import { z } from 'zod';
import { UsageError } from '../../errors.js';
import { makeDecider } from '../../pipeline/decide.js';
import { stillMailedLines } from '../../pipeline/still-mailed.js';
import { suppressValues } from '../../pipeline/suppress.js';
import { leadById } from '../../store/leads/lead-list.js';
import { adviceSettingsOf } from '../../story/advice-settings.js';
import type { Step } from '../../story/hold-advice.js';
import { type LeadFacts, type LeadStory, leadStory } from '../../story/lead-story.js';
import type { Suggest } from '../../story/story-types.js';
import { commandFlags, quoteArgument } from '../../text/command-flags.js';
import { counted } from '../../text/wording.js';
import { sentence } from '../../text/words.js';
import { clipped, Long } from '../clipped.js';
import { type AdminApp, type AdminContext, at, type Desk, smartleadOf } from '../desk.js';
import { backTo, formOf, readFields } from '../forms.js';
import { Page, Text, Token } from '../layout.js';
import { beginRetry } from '../runs/retry.js';
import { CustomFields, Facts } from './lead-facts-view.js';
import { State } from './lead-state.js';
import { Decision, Memberships, Story } from './lead-story-view.js';

/** The address of a lead's page, or of one below it. */
const leadAddress = (c: AdminContext, id: string, page = '') =>
  at(c.get('config'), `leads/${id}${page === '' ? '' : `/${page}`}`);

/** What a command that is suggested would do, where the page has a button for it. */
type Deed = 'retry' | 'retry run' | 'suppress';

/** Writes commands to copy, and notes of which of them the page has a button. */
function suggestions(desk: Desk, organization: string): { suggest: Suggest; deeds: Map<string, Deed> } {
  const deeds = new Map<string, Deed>();
  const globals = commandFlags({
    sandbox: desk.sandbox !== undefined,
    db: desk.store.path,
    org: desk.organizations.size > 1 ? organization : undefined,
  });
  const suggest: Suggest = (name, flags, args = []) => {
    const words = ['drason', name, ...args.map(quoteArgument), commandFlags(flags), globals];
    const command = words.filter((word) => word !== '').join(' ');
    if (name === 'retry') deeds.set(command, flags.email === undefined ? 'retry run' : 'retry');
    if (name === 'suppress') deeds.set(command, 'suppress');
    return command;
  };
  return { suggest, deeds };
}

function RetryForm({ c, id }: { c: AdminContext; id: string }) {
  return (
    <form method="post" action={leadAddress(c, id, 'retry')}>
      <Token c={c} />
      <button type="submit">Retry now</button>{' '}
      <span class="hint">At once, whatever its waiting time; stops of the key and of campaigns are lifted.</span>
    </form>
  );
}

function Advice({ c, lead, step, deed }: { c: AdminContext; lead: LeadFacts; step: Step; deed: Deed | undefined }) {
  const { text, command } = step;
  return (
    <li>
      <Text>{command === null ? sentence(text) : `${text}:`}</Text>
      {deed === 'retry' ? <RetryForm c={c} id={lead.id} /> : null}
      {deed === 'retry run' && lead.run !== null ? (
        <p>
          <a href={`${at(c.get('config'), 'leads')}?${new URLSearchParams({ status: 'HELD', run: lead.run })}`}>
            The held leads of its run
          </a>
        </p>
      ) : null}
      {deed === 'suppress' ? (
        <p>
          <a href="#suppress">Suppress it</a>
        </p>
      ) : null}
      {command !== null && deed === undefined ? (
        <pre>
          <Text>{command}</Text>
        </pre>
      ) : null}
    </li>
  );
}

function Now({ c, told, deeds }: { c: AdminContext; told: LeadStory; deeds: ReadonlyMap<string, Deed> }) {
  const { lead, next } = told;
  const hasRetry = next.can.some(({ command }) => deeds.get(command ?? '') === 'retry');
  return (
    <section aria-labelledby="now">
      <h2 id="now">Now and next</h2>
      <div>
        <Long>{next.what}</Long>
      </div>
      {next.last_message === null ? null : (
        <div>
          The last message: <Long>{next.last_message}</Long>
        </div>
      )}
      {next.in_flight === null ? null : (
        <p>
          <Text>{next.in_flight.text}</Text>
        </p>
      )}
      {next.stops.map((stop) => (
        <p class="notice warn">
          <Text>{stop.text}</Text> <a href={at(c.get('config'), 'stopped')}>Lift it</a>
        </p>
      ))}
      {next.run_at_work === null ? null : (
        <p>
          <a href={at(c.get('config'), `runs/${next.run_at_work}`)}>A run</a> is at work and has it in its line.
        </p>
      )}
      <p>
        <Text>{next.by_itself}</Text>
      </p>
      <ul class="plain">
        {next.can.map((step) => (
          <Advice c={c} lead={lead} step={step} deed={deeds.get(step.command ?? '')} />
        ))}
      </ul>
      {lead.status === 'HELD' && !hasRetry ? <RetryForm c={c} id={lead.id} /> : null}
    </section>
  );
}

function Today({ c, told, deeds }: { c: AdminContext; told: LeadStory; deeds: ReadonlyMap<string, Deed> }) {
  const { text, differs, decision, command } = told.today;
  return (
    <section aria-labelledby="today">
      <h2 id="today">By the rules of today</h2>
      <p>
        <Text>{text}</Text>
      </p>
      {differs && decision ? <Decision decision={decision} /> : null}
      {command === null ? null : deeds.get(command) === 'retry' ? (
        <RetryForm c={c} id={told.lead.id} />
      ) : (
        <pre>
          <Text>{command}</Text>
        </pre>
      )}
    </section>
  );
}

function Suppress({ c, lead }: { c: AdminContext; lead: LeadFacts }) {
  const domain = lead.email.slice(lead.email.lastIndexOf('@') + 1);
  return (
    <section aria-labelledby="suppress">
      <h2 id="suppress">Never mail it again</h2>
      <form method="post" action={leadAddress(c, lead.id, 'suppress')} class="stack">
        <Token c={c} />
        <fieldset>
          <legend>Whom</legend>
          <label class="inline">
            <input type="radio" name="whom" value="address" checked /> this address
          </label>
          <label class="inline">
            <input type="radio" name="whom" value="domain" /> everyone at <Text>{clipped(domain, 100)}</Text> and its
            subdomains
          </label>
        </fieldset>
        <label>
          Reason
          <input name="reason" maxlength={200} placeholder="asked us by phone" />
        </label>
        <button type="submit">Suppress</button>
      </form>
      <p class="hint">Held leads are blocked at once. Nobody is taken out of a campaign: Smartlead does that.</p>
      <h2>Erase the person</h2>
      <p>
        <a class="button quiet" href={leadAddress(c, lead.id, 'forget')}>
          Forget this person …
        </a>
      </p>
    </section>
  );
}

const suppressSchema = z.object({
  whom: z.enum(['address', 'domain']),
  reason: z
    .string()
    .trim()
    .max(200)
    .transform((text) => text || 'on your list'),
});

/** A lead: its story, what comes next, and what can be done. */
export function leadRoutes(app: AdminApp, desk: Desk): void {
  const { store } = desk;
  app.get('/o/:organization/leads/:id', async (c) => {
    const config = c.get('config');
    const { organization } = config;
    const found = await leadById(store, organization, c.req.param('id'));
    if (!found) return c.notFound();
    const smartlead = smartleadOf(desk, config);
    const { suggest, deeds } = suggestions(desk, organization);
    const told = await leadStory(
      {
        store,
        organization,
        decider: makeDecider(config),
        settings: await adviceSettingsOf(store, config),
        keyId: typeof smartlead === 'string' ? undefined : smartlead.keyId,
        suggest,
      },
      found.email,
    );
    // erased at this very moment
    if (told.lead === null) return c.notFound();
    const { lead } = told;
    const campaign = [lead.assigned_campaign_id, lead.campaign_name].filter((part) => part !== null).join(' ');
    return c.html(
      <Page c={c} desk={desk} page="leads" title="A lead">
        <section aria-labelledby="who">
          <h2 id="who">
            <Text>{clipped(lead.email, 320)}</Text>
          </h2>
          <p>
            <State status={lead.status} reason={lead.hold_reason} />
            {campaign === '' ? null : (
              <>
                {' '}
                · campaign <Text>{campaign}</Text>
              </>
            )}
          </p>
        </section>
        <Now c={c} told={told} deeds={deeds} />
        <section aria-labelledby="story">
          <h2 id="story">Story (times in UTC, newest last)</h2>
          <Story c={c} story={told.story} />
        </section>
        <section aria-labelledby="proven">
          <h2 id="proven">Proven to be in</h2>
          <Memberships c={c} memberships={told.memberships} />
        </section>
        <Today c={c} told={told} deeds={deeds} />
        <div class="columns">
          <section aria-labelledby="facts">
            <h2 id="facts">What is known</h2>
            <Facts lead={lead} />
          </section>
          <section aria-labelledby="custom">
            <h2 id="custom">Custom fields</h2>
            <CustomFields fields={lead.custom_fields} />
          </section>
          <Suppress c={c} lead={lead} />
        </div>
      </Page>,
    );
  });

  app.post('/o/:organization/leads/:id/retry', async (c) => {
    const lead = await leadById(store, c.get('config').organization, c.req.param('id'));
    if (!lead) return c.notFound();
    if (lead.status !== 'HELD') throw new UsageError(`the lead is ${lead.status}: only HELD leads are retried`);
    return beginRetry(c, desk, 'Retry of 1 lead', { emails: [lead.email], anyReason: true });
  });

  app.post('/o/:organization/leads/:id/suppress', async (c) => {
    const { organization } = c.get('config');
    const lead = await leadById(store, organization, c.req.param('id'));
    if (!lead) return c.notFound();
    const { whom, reason } = readFields(suppressSchema, await formOf(c));
    const value = whom === 'address' ? lead.email : lead.email.slice(lead.email.lastIndexOf('@') + 1);
    const { added, blocked, stillMailed } = await suppressValues(store, organization, [value], {
      reason,
      source: 'admin page',
    });
    const what = added > 0 ? 'Suppressed' : 'It was on the list already';
    const done = `${what}; ${counted(blocked, 'held lead')} blocked.`;
    return backTo(c, leadAddress(c, lead.id), [done, ...stillMailedLines(stillMailed)].join(' '));
  });
}
