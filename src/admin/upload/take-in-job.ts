import { systemClock } from '../../clock.js';
import type { OrganizationConfig } from '../../config/schema.js';
import { ingestLeads } from '../../pipeline/ingest-leads.js';
import { keepRejects } from '../../pipeline/kept-rejects.js';
import { passedOverNotes } from '../../pipeline/lead-files.js';
import { closeStore, openScratchStore } from '../../store/engine/open.js';
import { at, type Desk, smartleadOf } from '../desk.js';
import type { Job } from '../runs/jobs.js';
import { openUpload } from './open-upload.js';
import type { TakeInChoice } from './preview.js';
import type { Upload } from './uploads.js';

/** So many rejected rows are named one by one on the page of a dry run. */
const NAMED_REJECTIONS = 20;

/** Decides about a whole file, with nothing stored or sent. Throws a UsageError for a file that cannot be used. */
export async function beginDryRun(
  desk: Desk,
  config: OrganizationConfig,
  upload: Upload,
  choice: TakeInChoice,
): Promise<Job> {
  const files = await openUpload(upload, config);
  const store = await openScratchStore(systemClock);
  return desk.jobs.begin({
    title: `Dry run of ${upload.name}`,
    config,
    store,
    smartlead: 'nothing is pushed',
    push: false,
    dryRun: true,
    back: { address: at(config, `upload/${upload.id}`), text: `Back to ${upload.name}` },
    async work(run, job) {
      try {
        const summary = await ingestLeads(run, {
          inputs: files.inputs,
          ...choice,
          rejects: undefined,
          knownIn: desk.store,
          wouldPush: true,
          onRejected(_file, { line, reason }) {
            if (job.rejected.length < NAMED_REJECTIONS) job.rejected.push(`line ${line}: ${reason}`);
          },
          onDuplicate: () => {},
          onDecided: undefined,
        });
        job.notes = files.inputs.flatMap(passedOverNotes);
        return summary;
      } finally {
        await files.close();
        closeStore(store);
      }
    },
  });
}

/**
 * Takes a file in; the upload goes when that is done, and stays when it failed or was cancelled, to be begun again. Throws a UsageError
 * for a file, a key or an address that cannot be used.
 */
export async function beginTakeIn(
  desk: Desk,
  config: OrganizationConfig,
  upload: Upload,
  { push, ...choice }: TakeInChoice & { push: boolean },
): Promise<Job> {
  const smartlead = push ? smartleadOf(desk, config) : 'nothing is pushed';
  const files = await openUpload(upload, config);
  const rejects = await keepRejects(desk.store, files.inputs, `upload-${upload.id}`);
  const job = desk.jobs.begin({
    title: `Taking in ${upload.name}`,
    config,
    store: desk.store,
    smartlead,
    push,
    dryRun: false,
    back: { address: at(config, `upload/${upload.id}`), text: `Back to ${upload.name}` },
    async work(run, { cancelled }) {
      try {
        const summary = await ingestLeads(run, {
          inputs: files.inputs,
          ...choice,
          rejects: rejects.writer,
          knownIn: undefined,
          wouldPush: push,
          onRejected: () => {},
          onDuplicate: () => {},
          onDecided: undefined,
        });
        await rejects.keep(summary.run_id);
        if (!cancelled.aborted) await desk.uploads.remove(upload.id);
        return summary;
      } finally {
        upload.takenInBy = undefined;
        await rejects.writer.discard();
        await files.close();
      }
    },
  });
  upload.takenInBy = at(config, `jobs/${job.id}`);
  return job;
}
