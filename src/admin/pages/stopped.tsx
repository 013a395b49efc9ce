import { z } from 'zod';
import { endAtThePage, whyStopped } from '../../pipeline/stop-words.js';
import { readStopped, type Stopped } from '../../stats/stopped.js';
import { liftStop, STOP_REASONS } from '../../store/queue/stops.js';
import { campaignNames } from '../../store/rosters/campaigns.js';
import { counted } from '../../text/wording.js';
import { campaignWords, sentence, utc } from '../../text/words.js';
import { type AdminApp, type AdminContext, at, type Desk, smartleadOf } from '../desk.js';
import { backTo, formOf, readFields } from '../forms.js';
import { Page, Text, Time, Token } from '../layout.js';

const liftSchema = z.object({ campaign: z.string(), reason: z.enum(STOP_REASONS) });

const nameOf = (campaignId: string, names: ReadonlyMap<string, string>) =>
  campaignId === '' ? 'the key' : campaignWords(campaignId, names);

/** How long it lasts, unless somebody lifts it. */
function lasts({ until, leftMs }: Stopped): string {
  if (until === null) return 'until it is lifted, or a try goes through';
  return leftMs === 0 ? 'tried again from now on' : `until ${utc(until)}`;
}

/** Where the leads are that go on at their own time, even when the stop is lifted. */
function heldLeads(c: AdminContext, { campaignId, reason }: Stopped): string {
  const held = reason === 'campaign_not_found' || reason === 'auth' || reason === 'credit_limit' ? reason : undefined;
  const campaign = campaignId === '' ? '' : `&campaign=${encodeURIComponent(campaignId)}`;
  return `${at(c.get('config'), 'leads')}?status=HELD${held === undefined ? '' : `&reason=${held}`}${campaign}`;
}

function Lift({ c, stop, name }: { c: AdminContext; stop: Stopped; name: string }) {
  return (
    <form method="post" action={at(c.get('config'), 'stopped')} class="actions">
      <Token c={c} />
      <input type="hidden" name="campaign" value={stop.campaignId} />
      <input type="hidden" name="reason" value={stop.reason} />
      <button type="submit" aria-label={`Lift the stop of ${name}`}>
        Lift it
      </button>
      {stop.reason === 'credit_limit' ? (
        <span class="hint">
          Leads that were refused for want of credits wait an hour all the same, unless you retry them on the page of
          the leads.
        </span>
      ) : null}
    </form>
  );
}

function One(props: { c: AdminContext; stop: Stopped; names: ReadonlyMap<string, string>; mayLift: boolean }) {
  const { c, stop, names, mayLift } = props;
  const name = nameOf(stop.campaignId, names);
  return (
    <section>
      <h2>
        <Text>{name.charAt(0).toUpperCase() + name.slice(1)}</Text>
      </h2>
      <dl class="facts">
        <dt>Why</dt>
        <dd>
          <Text>{whyStopped(stop)}</Text>
        </dd>
        <dt>Since</dt>
        <dd>
          <Time at={stop.since} />, {lasts(stop)}
        </dd>
        <dt>Last tried</dt>
        <dd>
          <Time at={stop.triedAt} />
        </dd>
        <dt>Waiting behind it</dt>
        <dd>
          <a href={heldLeads(c, stop)}>
            {stop.countedAll ? '' : 'at least '}
            {counted(stop.leads, 'lead')}
          </a>
        </dd>
        <dt>What to do</dt>
        <dd>{endAtThePage(stop)}</dd>
      </dl>
      {mayLift && stop.reason !== 'rate_limit' ? <Lift c={c} stop={stop} name={name} /> : null}
    </section>
  );
}

/** What is stopped, why, what starts it again, and a button to lift it. */
export function stoppedRoutes(app: AdminApp, desk: Desk): void {
  const { store } = desk;
  app.get('/o/:organization/stopped', async (c) => {
    const config = c.get('config');
    const smartlead = smartleadOf(desk, config);
    const keyId = typeof smartlead === 'string' ? undefined : smartlead.keyId;
    const stops = await readStopped(store, config.organization, keyId);
    const names = await campaignNames(store, config.organization);
    return c.html(
      <Page c={c} desk={desk} page="stopped" title="Stopped" live={10}>
        {typeof smartlead === 'string' ? (
          <p class="notice bad">
            <Text>{sentence(smartlead)}</Text> Nothing is pushed until there is one; set it and restart{' '}
            <code>drason serve</code>.
          </p>
        ) : null}
        {stops.length === 0 ? (
          <section>
            <p class="none">
              Nothing is stopped. A key or a campaign is when Smartlead refuses it; its leads wait here meanwhile, and
              none is lost.
            </p>
          </section>
        ) : (
          stops.map((stop) => <One c={c} stop={stop} names={names} mayLift={keyId !== undefined} />)
        )}
      </Page>,
    );
  });

  app.post('/o/:organization/stopped', async (c) => {
    const config = c.get('config');
    const { campaign: campaignId, reason } = readFields(liftSchema, await formOf(c));
    const smartlead = smartleadOf(desk, config);
    const name = nameOf(campaignId, await campaignNames(store, config.organization));
    const lifted =
      typeof smartlead !== 'string' &&
      (await liftStop(store, config.organization, smartlead.keyId, { campaignId, reason }));
    return backTo(
      c,
      at(config, 'stopped'),
      lifted
        ? `The stop of ${name} was lifted. Its leads are pushed from now on; if Smartlead refuses again, it is stopped again.`
        : `The stop of ${name} does not stand any more, or is a pause that Smartlead asked for.`,
    );
  });
}
