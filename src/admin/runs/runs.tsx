import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import prettyMs from 'pretty-ms';
import { z } from 'zod';
import { exitWords } from '../../errors.js';
import { findRejects } from '../../pipeline/kept-rejects.js';
import { durationOf, inputsText, listed, outcomesText, passedOverOf, undoneOf } from '../../pipeline/run-words.js';
import { findRun, type ListedRun, listRuns } from '../../store/log/run-list.js';
import { number } from '../../text/wording.js';
import { type AdminApp, type AdminContext, at, type Desk } from '../desk.js';
import { readFields } from '../forms.js';
import { NumberHead, Page, Text, Time } from '../layout.js';
import { CampaignTable, Fact, HeldTable, OutcomeTable, Problems } from '../sums.js';
import { sizeWords } from '../upload/upload-words.js';
import { jobAddress } from './job-pages.js';
import type { Job } from './jobs.js';

const PER_PAGE = 50;
const listSchema = z.object({
  before: z
    .string()
    .regex(/^\d{1,15}$/, 'expected the number of a run')
    .transform(Number)
    .optional(),
});

function stateWords(run: ListedRun): string {
  const how = {
    ended: run.exitCode === null ? 'ended' : exitWords(run.exitCode),
    running: 'at work',
    died: 'its process ended without finishing it',
    elsewhere: `begun on ${run.host}; from here nobody can tell`,
  }[run.state];
  return run.discardedAt === null ? how : `${how}; discarded`;
}

function stateColor({ state, exitCode }: ListedRun): string {
  if (state === 'died' || exitCode === 1 || exitCode === 4) return 'red';
  return state === 'ended' && exitCode === 0 ? 'green' : 'yellow';
}

function withoutSums({ command, state }: ListedRun): string {
  if (command === 'serve') return 'A service counts no rows: it takes leads one by one, and goes on without end.';
  return state === 'running' ? 'It is at work; there are sums when it has ended.' : 'It did not come to its end.';
}

function took(run: ListedRun, now: number): string {
  const ms = durationOf(run, now);
  return ms === null ? '–' : prettyMs(ms, { secondsDecimalDigits: 0, unitCount: 2 });
}

function JobsAtWork({ desk, jobs }: { desk: Desk; jobs: readonly Job[] }) {
  const atWork = jobs.filter(({ state }) => state.is === 'at work');
  const failed = jobs.filter(({ state }) => state.is === 'failed');
  if (atWork.length + failed.length === 0) return null;
  return (
    <section>
      <h2>Begun from here</h2>
      <ul class="plain">
        {[...atWork, ...failed].map((job) => (
          <li>
            <span class={`tag ${job.state.is === 'failed' ? 'red' : 'yellow'}`}>{job.state.is}</span>{' '}
            <a href={jobAddress(desk, job)}>
              <Text>{job.title}</Text>
            </a>
            , since <Time at={job.startedAt} />
            {job.progress === undefined ? '' : `, ${number(job.progress.rows)} rows`}
          </li>
        ))}
      </ul>
    </section>
  );
}

function RunRows({ c, desk, runs }: { c: AdminContext; desk: Desk; runs: readonly ListedRun[] }) {
  return (
    <table class="wide">
      <thead>
        <tr>
          <th scope="col">Began (UTC)</th>
          <th scope="col">Command</th>
          <th scope="col">Of</th>
          <th scope="col">Took</th>
          <th scope="col">How it ended</th>
          <NumberHead>Rows</NumberHead>
          <th scope="col">Did</th>
          <th scope="col">Left undone</th>
        </tr>
      </thead>
      <tbody>
        {runs.map((run) => (
          <tr>
            <td>
              <a href={at(c.get('config'), `runs/${run.id}`)}>
                <Time at={run.startedAt} />
              </a>
            </td>
            <td>{run.command}</td>
            <td>
              <Text>{inputsText(run.inputs) || '–'}</Text>
            </td>
            <td>{took(run, desk.clock.now())}</td>
            <td>
              <span class={`tag ${stateColor(run)}`}>{run.exitCode ?? run.state}</span> <Text>{stateWords(run)}</Text>
            </td>
            <td class="number">{run.sums ? number(run.sums.rows) : '–'}</td>
            <td>{run.sums ? outcomesText(run.sums.outcomes) : '–'}</td>
            <td>{listed(undoneOf(run))}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Facts({ run, now }: { run: ListedRun; now: number }) {
  const { sums } = run;
  return (
    <dl class="facts">
      <Fact name="Command">{run.command}</Fact>
      <Fact name={run.command === 'ingest' ? 'Files' : 'Of'}>
        <Text>{inputsText(run.inputs) || '–'}</Text>
      </Fact>
      <Fact name="Began">
        <Time at={run.startedAt} /> UTC
      </Fact>
      <Fact name="Took">{took(run, now)}</Fact>
      <Fact name={run.state === 'ended' ? 'Ended' : 'State'}>
        <span class={`tag ${stateColor(run)}`}>{run.exitCode ?? run.state}</span> <Text>{stateWords(run)}</Text>
      </Fact>
      {run.discardedAt === null ? null : (
        <Fact name="Discarded">
          <Time at={run.discardedAt} /> UTC
        </Fact>
      )}
      {sums === undefined ? null : (
        <>
          <Fact name="Requests">{number(sums.requests)}</Fact>
          {passedOverOf(sums).map((what) => (
            <Fact name="Passed over">{what}</Fact>
          ))}
          {sums.health === undefined ? null : (
            <Fact name="Health">
              {`${number(sums.health.green)} GREEN, ${number(sums.health.yellow)} YELLOW, ${number(sums.health.red)} RED`}
            </Fact>
          )}
          {sums.sandbox ? <Fact name="Sandbox">a local stand-in; nothing was sent to Smartlead itself</Fact> : null}
        </>
      )}
      <Fact name="Id">
        <code>{run.id}</code>
      </Fact>
    </dl>
  );
}

function Elsewhere({ elsewhere }: { elsewhere: Record<string, number> }) {
  return (
    <>
      {Object.entries(elsewhere).map(([campaign, n]) => (
        <p>
          {number(n)} active leads would now go to campaign <Text>{campaign}</Text>; taking the file in once more with
          “Add active leads” adds it.
        </p>
      ))}
    </>
  );
}

type Rejects = Awaited<ReturnType<typeof findRejects>>;

function RejectsOf({ c, run, rejects }: { c: AdminContext; run: ListedRun; rejects: Rejects }) {
  if (rejects) {
    return (
      <p>
        <a class="button quiet" href={at(c.get('config'), `runs/${run.id}/rejects`)}>
          Download the rejected rows
        </a>{' '}
        <span class="hint">
          {sizeWords(rejects.bytes)}; with _line and _reason, to be corrected and ingested again. They are deleted after
          30 days.
        </span>
      </p>
    );
  }
  if ((run.sums?.outcomes.rejected ?? 0) === 0) return <p class="none">No row was rejected.</p>;
  return (
    <p>
      The rejected rows are not kept here. Those of a run that was begun on the Upload page are, for 30 days; on the
      command line <code>drason ingest --rejects FILE</code> writes them.
    </p>
  );
}

/** The list of runs, each run, and its rejected rows. */
export function runRoutes(app: AdminApp, desk: Desk): void {
  app.get('/o/:organization/runs', async (c) => {
    const config = c.get('config');
    const { before } = readFields(listSchema, c.req.query());
    const runs: ListedRun[] = [];
    let more = false;
    for await (const run of listRuns(desk.store, config.organization, undefined, before)) {
      more = runs.length === PER_PAGE;
      if (more) break;
      runs.push(run);
    }
    const last = runs.at(-1);
    const jobs = desk.jobs.list(config.organization);
    return c.html(
      <Page c={c} desk={desk} page="runs" title="Runs" live={before === undefined ? 5 : undefined}>
        {before === undefined ? <JobsAtWork desk={desk} jobs={jobs} /> : null}
        <section>
          {runs.length === 0 ? (
            <p class="none">
              {before === undefined
                ? 'No run yet. A file taken in, here or with drason ingest, is one; so is a retry.'
                : 'There are no earlier runs.'}
            </p>
          ) : (
            <RunRows c={c} desk={desk} runs={runs} />
          )}
          <p class="pages">
            {before === undefined ? null : <a href={at(config, 'runs')}>Newest</a>}
            {more && last ? <a href={`${at(config, 'runs')}?before=${last.seq}`}>Earlier</a> : null}
          </p>
        </section>
      </Page>,
    );
  });

  app.get('/o/:organization/runs/:id', async (c) => {
    const config = c.get('config');
    const run = await findRun(desk.store, config.organization, c.req.param('id'));
    if (!run) return c.notFound();
    const leads = `${at(config, 'leads')}?run=${run.id}`;
    const { sums } = run;
    return c.html(
      <Page
        c={c}
        desk={desk}
        page="runs"
        title={`Run of ${run.startedAt.slice(0, 19).replace('T', ' ')}`}
        live={run.state === 'running' ? 5 : undefined}
      >
        {sums ? <Problems problems={sums.problems} /> : null}
        <section>
          <Facts run={run} now={desk.clock.now()} />
          <p>
            <a href={leads}>Its leads</a>
          </p>
        </section>
        <section>
          <h2>What became of its rows</h2>
          {sums ? (
            <>
              <OutcomeTable outcomes={sums.outcomes} rows={sums.rows} />
              <p class="hint">As it was when the run ended.</p>
              <Elsewhere elsewhere={sums.elsewhere} />
            </>
          ) : (
            <p class="none">{withoutSums(run)}</p>
          )}
        </section>
        <section>
          <h2>Held now</h2>
          <HeldTable
            held={run.heldNow}
            link={(reason) => `${leads}&reason=${reason}`}
            none="None of the leads that it took in last is held now."
          />
        </section>
        {sums ? (
          <section>
            <h2>Campaigns</h2>
            <CampaignTable campaigns={sums.campaigns} />
          </section>
        ) : null}
        {run.command === 'ingest' ? (
          <section>
            <h2>Rejected rows</h2>
            <RejectsOf c={c} run={run} rejects={await findRejects(desk.store, run.id)} />
          </section>
        ) : null}
      </Page>,
    );
  });

  app.get('/o/:organization/runs/:id/rejects', async (c) => {
    const run = await findRun(desk.store, c.get('config').organization, c.req.param('id'));
    const rejects = run && (await findRejects(desk.store, run.id));
    if (!rejects) return c.notFound();
    const type = rejects.name.endsWith('.csv') ? 'text/csv' : 'application/x-ndjson';
    const body = Readable.toWeb(createReadStream(rejects.path));
    return c.body(body, 200, {
      'content-type': `${type}; charset=utf-8`,
      'content-disposition': `attachment; filename="${rejects.name}"`,
    });
  });
}
