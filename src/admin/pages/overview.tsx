import prettyMs from 'pretty-ms';
import { windowTexts } from '../../config/windows.js';
import { readLimiter } from '../../stats/limiter.js';
import { type PushStats, readPushStats } from '../../stats/push-stats.js';
import { latestFailures } from '../../store/log/failures.js';
import { counted, number } from '../../text/wording.js';
import { DayChart, ShareBar } from '../charts.js';
import { type AdminApp, type AdminContext, at, type Desk, smartleadOf } from '../desk.js';
import { NumberHead, Page, Text, Time } from '../layout.js';
import { HeldTable } from '../sums.js';

const percent = (rate: number | null) => (rate === null ? '–' : `${(Math.floor(rate * 1000) / 10).toFixed(1)} %`);
const span = (ms: number) => prettyMs(ms, { compact: ms > 60_000, secondsDecimalDigits: 0 });

function Counts({ c, stats }: { c: AdminContext; stats: PushStats }) {
  const leads = at(c.get('config'), 'leads');
  const { total, ACTIVE, HELD, BLOCKED } = stats.leads;
  const tiles = [
    ['Leads', total, '', 'all that were taken in'],
    ['ACTIVE', ACTIVE, '?status=ACTIVE', 'proven to be in their campaign'],
    ['HELD', HELD, '?status=HELD', 'waiting, each for a reason'],
    ['BLOCKED', BLOCKED, '?status=BLOCKED', 'never to be mailed'],
  ] as const;
  return (
    <ul class="tiles">
      {tiles.map(([name, n, query, what]) => (
        <li>
          <a href={`${leads}${query}`}>
            <span class="label">{name}</span>
            <strong>{number(n)}</strong>
            <span class="what">{what}</span>
          </a>
        </li>
      ))}
    </ul>
  );
}

function Queue({ stats, limiter }: { stats: PushStats; limiter: string }) {
  const { queue, oldest_waiting: oldest } = stats;
  const { now } = queue;
  return (
    <dl class="facts">
      <dt>May go now</dt>
      <dd>
        {now.leads === 0
          ? 'nothing'
          : `${counted(now.leads, 'lead')} in ${counted(now.requests, 'request')}; empty in about ${span(now.empty_in_ms)}, at `}
        {now.leads === 0 ? null : <Time at={now.empty_at} />}
      </dd>
      <dt>On their way</dt>
      <dd>{counted(queue.in_flight, 'lead')}</dd>
      <dt>Waiting for their time</dt>
      <dd>
        {counted(queue.waiting_for_time.leads, 'lead')}
        {queue.waiting_for_time.first === null ? null : (
          <>
            , the first until <Time at={queue.waiting_for_time.first} />
          </>
        )}
      </dd>
      <dt>Behind a stop</dt>
      <dd>{counted(queue.waiting_for_stop.leads, 'lead')}</dd>
      <dt>Waiting for you</dt>
      <dd>{counted(queue.waiting_for_person.leads, 'lead')}</dd>
      <dt>The limit now</dt>
      <dd>{limiter}</dd>
      {oldest === null ? null : (
        <>
          <dt>Waiting longest</dt>
          <dd>
            <Text>{oldest.email}</Text>, {span(oldest.age_ms)} ({oldest.hold_reason}, campaign{' '}
            <Text>{oldest.campaign}</Text>)
          </dd>
        </>
      )}
    </dl>
  );
}

function Campaigns({ c, success }: { c: AdminContext; success: PushStats['success'] }) {
  if (success.by_campaign.length === 0) return <p class="none">Nothing was pushed in seven days.</p>;
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">Campaign</th>
          <th scope="col">Succeeded</th>
          <NumberHead>Proven</NumberHead>
          <NumberHead>Failed</NumberHead>
          <NumberHead>Waiting</NumberHead>
        </tr>
      </thead>
      <tbody>
        {success.by_campaign.map((one) => (
          <tr>
            <td>
              <a href={`${at(c.get('config'), 'leads')}?campaign=${encodeURIComponent(one.campaign)}`}>
                <Text>{one.campaign}</Text>
              </a>{' '}
              {one.name === null ? null : <Text>{one.name}</Text>}
            </td>
            <td>
              <ShareBar proven={one.proven} failed={one.failed} /> {percent(one.rate)}
            </td>
            <td class="number">{number(one.proven)}</td>
            <td class="number">{number(one.failed)}</td>
            <td class="number">{number(one.waiting)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Stops({ c, stops }: { c: AdminContext; stops: PushStats['stops'] }) {
  if (stops.length === 0) return <p class="none">Nothing is stopped.</p>;
  return (
    <>
      <ul class="plain">
        {stops.map((stop) => (
          <li>
            <span class="tag red">{stop.campaign === null ? 'the key' : `campaign ${stop.campaign}`}</span>{' '}
            <Text>{stop.why}</Text>, since <Time at={stop.since} />
          </li>
        ))}
      </ul>
      <p>
        <a href={at(c.get('config'), 'stopped')}>What to do about it</a>
      </p>
    </>
  );
}

/** The overview: how an organization stands now. */
export function overviewRoutes(app: AdminApp, desk: Desk): void {
  app.get('/o/:organization', async (c) => {
    const config = c.get('config');
    const { store } = desk;
    const smartlead = smartleadOf(desk, config);
    const keyId = typeof smartlead === 'string' ? undefined : smartlead.keyId;
    const stats = await readPushStats(store, config, keyId);
    const windows = await readLimiter(store, config, keyId);
    const used = windows.map((window) => `${window.used} of ${windowTexts([window]).join()}`).join(', ');
    const limiter = keyId === undefined ? 'not known without a key' : used;
    const failures = await latestFailures(store, config.organization, 8);
    const bars = stats.success.by_day.map(({ day, proven, failed }) => ({ label: day.slice(5), proven, failed }));
    const day = stats.success.last_24_hours;
    return c.html(
      <Page c={c} desk={desk} page="" title="Overview" live={10}>
        {typeof smartlead === 'string' ? (
          <p class="notice bad">
            <Text>{smartlead}</Text>
          </p>
        ) : null}
        <Counts c={c} stats={stats} />
        <section aria-labelledby="pushes">
          <h2 id="pushes">Pushes</h2>
          <p>
            {day.rate === null
              ? 'None in the last 24 hours.'
              : `${percent(day.rate)} succeeded in the last 24 hours: ${number(day.proven)} proven, ${number(day.failed)} failed.`}
          </p>
          <DayChart bars={bars} title="Pushes of the last seven days (UTC)" />
          <p class="legend">
            <span class="key proven"></span> proven <span class="key failed"></span> failed; days in UTC
          </p>
        </section>
        <div class="columns">
          <section>
            <h2>Queue</h2>
            <Queue stats={stats} limiter={limiter} />
          </section>
          <section>
            <h2>Stopped</h2>
            <Stops c={c} stops={stats.stops} />
          </section>
        </div>
        <section>
          <h2>Held leads</h2>
          <HeldTable
            held={stats.held}
            link={(reason) => `${at(config, 'leads')}?status=HELD&reason=${reason}`}
            none="No lead is held."
          />
        </section>
        <section>
          <h2>Campaigns, last seven days</h2>
          <Campaigns c={c} success={stats.success} />
        </section>
        <section>
          <h2>Latest failures</h2>
          {failures.length === 0 ? (
            <p class="none">No push has failed.</p>
          ) : (
            <ul class="plain">
              {failures.map((one) => (
                <li>
                  <Time at={one.settledAt} /> campaign <Text>{one.campaignId}</Text>, {counted(one.failed, 'lead')}:{' '}
                  <Text>{one.message ?? one.outcome}</Text>
                </li>
              ))}
            </ul>
          )}
        </section>
      </Page>,
    );
  });
}
