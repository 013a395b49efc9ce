import type { RunSummary } from '../../pipeline/summary.js';
import { counted, number } from '../../text/wording.js';
import { type AdminApp, type AdminContext, at, type Desk } from '../desk.js';
import { backTo } from '../forms.js';
import { Page, Text, Time, Token } from '../layout.js';
import { CampaignTable, HeldTable, OutcomeTable, Problems } from '../sums.js';
import type { Job } from './jobs.js';

/** The address of a job's page. */
export const jobAddress = (desk: Desk, job: Job): string => {
  const config = desk.organizations.get(job.organization);
  return config ? at(config, `jobs/${job.id}`) : '/admin';
};

/** How far a job has come. */
export function JobProgress({ job }: { job: Job }) {
  const { progress } = job;
  if (!progress) return <p>Beginning …</p>;
  return (
    <>
      <dl class="facts">
        <dt>Rows read</dt>
        <dd>{number(progress.rows)}</dd>
        <dt>To push</dt>
        <dd>{number(progress.toPush)}</dd>
        <dt>Settled</dt>
        <dd>{number(progress.settled)}</dd>
        <dt>Requests</dt>
        <dd>{number(progress.requests)}</dd>
        <dt>Rejected</dt>
        <dd>{number(progress.rejected)}</dd>
      </dl>
      {progress.toPush === 0 ? null : (
        <progress max={progress.toPush} value={Math.min(progress.settled, progress.toPush)} aria-label="Pushed">
          {number(progress.settled)} of {number(progress.toPush)}
        </progress>
      )}
      {job.waiting === undefined ? null : (
        <p class="notice warn">
          Waiting: <Text>{job.waiting}</Text>
        </p>
      )}
    </>
  );
}

/** The sums of a dry run, and what was rejected. */
function DryRunSums({ job, summary }: { job: Job; summary: RunSummary }) {
  return (
    <>
      <p class="notice" role="status">
        {job.cancelled.aborted ? 'The dry run was cancelled after' : 'The dry run is done:'}{' '}
        {counted(summary.rows, 'row')}. Nothing was stored or sent.
      </p>
      <Problems problems={summary.problems} />
      {job.notes.map((note) => (
        <p class="notice">
          <Text>{note}</Text>
        </p>
      ))}
      <section>
        <h2>What would become of them</h2>
        <p>
          Health: {number(summary.health.green)} GREEN, {number(summary.health.yellow)} YELLOW,{' '}
          {number(summary.health.red)} RED. Leads that would be pushed are held as <code>queued</code> here.
        </p>
        <OutcomeTable outcomes={summary.outcomes} rows={summary.rows} />
      </section>
      <section>
        <h2>Held</h2>
        <HeldTable held={summary.held_reasons} none="None would be held." />
      </section>
      <section>
        <h2>Campaigns</h2>
        <CampaignTable campaigns={summary.campaigns} />
      </section>
      {job.rejected.length === 0 ? null : (
        <section>
          <h2>Rejected rows</h2>
          <ul class="plain">
            {job.rejected.map((row) => (
              <li>
                <Text>{row}</Text>
              </li>
            ))}
          </ul>
          {summary.outcomes.rejected > job.rejected.length ? (
            <p class="hint">
              These are the first {number(job.rejected.length)} of {number(summary.outcomes.rejected)}; a run that takes
              the file in keeps them all.
            </p>
          ) : null}
        </section>
      )}
    </>
  );
}

function CancelForm({ c, address, job }: { c: AdminContext; address: string; job: Job }) {
  return job.cancelled.aborted ? (
    <p class="notice warn">It is being cancelled: what is on its way to Smartlead is settled first.</p>
  ) : (
    <form method="post" action={`${address}/cancel`} class="actions">
      <Token c={c} />
      <button type="submit">Cancel</button>
      {job.dryRun ? null : (
        <span class="hint">What is stored stays; the service pushes the leads that wait for it by then.</span>
      )}
    </form>
  );
}

/** The page of a run that was begun from a page: its progress while it is at work, then its sums. */
export function jobRoutes(app: AdminApp, desk: Desk): void {
  app.get('/o/:organization/jobs/:id', (c) => {
    const config = c.get('config');
    const job = desk.jobs.find(config.organization, c.req.param('id'));
    if (!job) return c.notFound();
    const { state } = job;
    if (state.is === 'done' && !state.summary.dry_run) {
      return c.redirect(at(config, `runs/${state.summary.run_id}`), 303);
    }
    return c.html(
      <Page c={c} desk={desk} page="runs" title={job.title} live={state.is === 'at work' ? 1 : undefined}>
        <p class="hint">
          Begun <Time at={job.startedAt} />
        </p>
        {state.is === 'failed' ? (
          <p class="notice bad" role="alert">
            <Text>{state.message}</Text> {state.next === undefined ? null : <Text>{state.next}</Text>}
          </p>
        ) : null}
        {state.is === 'done' ? (
          <DryRunSums job={job} summary={state.summary} />
        ) : (
          <section>
            <JobProgress job={job} />
            {state.is === 'at work' ? <CancelForm c={c} address={jobAddress(desk, job)} job={job} /> : null}
          </section>
        )}
        {job.back === undefined ? null : (
          <p>
            <a href={job.back.address}>{job.back.text}</a>
          </p>
        )}
      </Page>,
    );
  });

  app.post('/o/:organization/jobs/:id/cancel', (c) => {
    const job = desk.jobs.find(c.get('config').organization, c.req.param('id'));
    if (!job) return c.notFound();
    desk.jobs.cancel(job);
    return backTo(c, jobAddress(desk, job), `${job.title} is being cancelled.`);
  });
}
