import { v7 as uuidv7 } from 'uuid';
import { systemClock } from '../../clock.js';
import type { OrganizationConfig } from '../../config/schema.js';
import { DrasonError } from '../../errors.js';
import { makeDecider } from '../../pipeline/decide.js';
import type { Progress, RunContext, SmartleadAccess } from '../../pipeline/run-context.js';
import type { RunSummary } from '../../pipeline/summary.js';
import { redact } from '../../redact.js';
import type { StoreContext } from '../../store/engine/context.js';

/** Work that a page has begun and that goes on without it. */
export interface Job {
  id: string;
  organization: string;
  /** Such as `Retry of 3 leads`. */
  title: string;
  dryRun: boolean;
  /** ISO 8601 UTC. */
  startedAt: string;
  /** undefined until the first leads were taken up. */
  progress: Progress | undefined;
  /** What it waits for just now. */
  waiting: string | undefined;
  /** Rows that were rejected, the first of them, as `line 7: why`; kept for the page of a dry run. */
  rejected: string[];
  /** What else is to be said of the file; kept for the page of a dry run. */
  notes: string[];
  /** Where it was begun, and may be continued. */
  back: { address: string; text: string } | undefined;
  /** Aborted by whoever cancels it. */
  cancelled: AbortSignal;
  state: { is: 'at work' } | { is: 'done'; summary: RunSummary } | { is: 'failed'; message: string; next?: string };
}

/** How a job is begun. */
export interface JobRequest {
  title: string;
  config: OrganizationConfig;
  store: StoreContext;
  smartlead: SmartleadAccess | string;
  push: boolean;
  dryRun: boolean;
  back?: Job['back'];
  work: (run: RunContext, job: Job) => Promise<RunSummary>;
}

/** So many jobs that have ended are remembered. */
const REMEMBERED = 50;
/** A pause of the limit or of a stopped key is sat out for as long as this; the service goes on with what is left. */
const MAX_WAIT_MS = 60_000;

/** Runs that were begun from pages: the same as those of the command line, with their progress kept for the page. */
export class Jobs {
  readonly #jobs = new Map<string, Job>();
  readonly #cancels = new Map<string, AbortController>();
  readonly #atWork = new Set<Promise<void>>();
  readonly #stopping = new AbortController();
  readonly #sandbox: boolean;

  constructor(sandbox: boolean) {
    this.#sandbox = sandbox;
  }

  /** Begins a job; it goes on by itself. */
  begin(request: JobRequest): Job {
    const cancel = new AbortController();
    const job: Job = {
      id: uuidv7(),
      organization: request.config.organization,
      title: request.title,
      dryRun: request.dryRun,
      startedAt: new Date(systemClock.now()).toISOString(),
      progress: undefined,
      waiting: undefined,
      rejected: [],
      notes: [],
      back: request.back,
      cancelled: cancel.signal,
      state: { is: 'at work' },
    };
    this.#jobs.set(job.id, job);
    this.#cancels.set(job.id, cancel);
    for (const [id, old] of this.#jobs) {
      if (this.#jobs.size > REMEMBERED && old.state.is !== 'at work') this.#jobs.delete(id);
    }
    const working = this.#work(job, request).finally(() => {
      this.#atWork.delete(working);
      this.#cancels.delete(job.id);
    });
    this.#atWork.add(working);
    return job;
  }

  async #work(job: Job, { config, store, smartlead, push, dryRun, work }: JobRequest): Promise<void> {
    try {
      const context: RunContext = {
        store,
        clock: systemClock,
        config,
        decider: makeDecider(config),
        smartlead,
        push,
        dryRun,
        sandbox: this.#sandbox,
        maxWaitMs: MAX_WAIT_MS,
        stopping: AbortSignal.any([this.#stopping.signal, job.cancelled]),
        // as Ctrl-C at a terminal
        signal: () => (job.cancelled.aborted ? 'SIGINT' : this.#stopping.signal.aborted ? 'SIGTERM' : undefined),
        report: {
          pushing() {
            job.waiting = undefined;
          },
          settled() {
            job.waiting = undefined;
          },
          waiting(why) {
            job.waiting = redact(why);
          },
          progress(progress) {
            job.progress = progress;
          },
        },
      };
      job.state = { is: 'done', summary: await work(context, job) };
    } catch (error) {
      const message = redact(error instanceof Error ? error.message : String(error));
      const next = error instanceof DrasonError ? error.next : undefined;
      job.state = { is: 'failed', message, ...(next === undefined ? {} : { next }) };
    }
  }

  /** A job of an organization, unless it is unknown or long ended. */
  find(organization: string, id: string): Job | undefined {
    const job = this.#jobs.get(id);
    return job?.organization === organization ? job : undefined;
  }

  /** Asks a job to end; what is in flight is settled first. Nothing happens where it has ended. */
  cancel(job: Job): void {
    this.#cancels.get(job.id)?.abort();
  }

  /** The jobs of an organization, newest first. */
  list(organization: string): Job[] {
    return [...this.#jobs.values()].filter((job) => job.organization === organization).reverse();
  }

  /** Asks all to end, as a signal does, and waits until what is in flight is settled. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.all(this.#atWork);
  }
}
