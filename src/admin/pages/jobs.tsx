import { number } from '../../wording.js';
import { type AdminApp, at, type Desk } from '../desk.js';
import type { Job } from '../jobs.js';
import { Page, Text, Time } from '../layout.js';

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
        <dt>Rows taken up</dt>
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
        <section>
          <JobProgress job={job} />
        </section>
      </Page>,
    );
  });
}
