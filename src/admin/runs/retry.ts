import { type RetryFilter, retryHeld } from '../../pipeline/retry-held.js';
import { liftEverything } from '../../store/queue/stops.js';
import { type AdminContext, type Desk, smartleadOf } from '../desk.js';
import { jobAddress } from './job-pages.js';

/** Begins what `drason retry --held --now` does, and goes to the page that shows its progress. */
export async function beginRetry(
  c: AdminContext,
  desk: Desk,
  title: string,
  filter: Partial<RetryFilter>,
): Promise<Response> {
  const config = c.get('config');
  const { store } = desk;
  const smartlead = smartleadOf(desk, config);
  if (typeof smartlead !== 'string') await liftEverything(store, smartlead.keyId);
  const whole: RetryFilter = {
    reason: undefined,
    runId: undefined,
    campaignId: undefined,
    emails: undefined,
    anyReason: false,
    includeRefused: false,
    limit: undefined,
    ...filter,
    now: true,
  };
  const job = desk.jobs.begin({
    title,
    config,
    store,
    smartlead,
    push: true,
    dryRun: false,
    work: (run) => retryHeld(run, whole),
  });
  return c.redirect(jobAddress(desk, job), 303);
}
