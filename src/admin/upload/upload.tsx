import { HTTPException } from 'hono/http-exception';
import { z } from 'zod';
import { UsageError } from '../../errors.js';
import { ColumnsError } from '../../intake/read-leads.js';
import { ALL_FIELDS, passedOverNotes } from '../../pipeline/lead-files.js';
import { type AdminApp, type AdminContext, at, type Desk, smartleadOf } from '../desk.js';
import { backTo, formOf, optionalField, readFields } from '../forms.js';
import { Page, Text, Time, Token } from '../layout.js';
import { jobAddress } from '../runs/job-pages.js';
import { openUpload } from './open-upload.js';
import { PREVIEW_ROWS, previewRows } from './preview.js';
import { beginDryRun, beginTakeIn } from './take-in-job.js';
import { Preview, ReadingForm, Recognised, TakeInForm } from './upload-view.js';
import { sizeWords } from './upload-words.js';
import type { Upload } from './uploads.js';

const readingSchema = z.looseObject({
  delimiter: optionalField,
  encoding: optionalField,
  sheet: optionalField,
  source: optionalField.refine((text) => (text ?? '').length <= 100, 'expected at most 100 characters'),
});

const takeInSchema = z.object({
  what: z.enum(['dry-run', 'push', 'review'], 'expected dry-run, push or review'),
  again: z.literal('yes').optional(),
  onExisting: z.enum(['update', 'skip'], 'expected update or skip').default('update'),
});

function Waiting({ c, uploads }: { c: AdminContext; uploads: readonly Upload[] }) {
  if (uploads.length === 0) return null;
  return (
    <section>
      <h2>Waiting to be taken in</h2>
      <ul class="plain">
        {uploads.map((upload) => (
          <li>
            <a href={at(c.get('config'), `upload/${upload.id}`)}>
              <Text>{upload.name}</Text>
            </a>
            , {sizeWords(upload.bytes)}, sent <Time at={upload.receivedAt} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function UploadPage({ c, desk }: { c: AdminContext; desk: Desk }) {
  const config = c.get('config');
  const action = `${at(config, 'upload')}?token=${encodeURIComponent(c.get('login').token)}`;
  return (
    <Page c={c} desk={desk} page="upload" title="Upload">
      <section>
        <form method="post" action={action} enctype="multipart/form-data" class="stack">
          <div class="drop" data-drop>
            <label>
              Choose a lead file, or drop it here
              <input type="file" name="file" required />
            </label>
            <p class="hint">CSV, TSV, Excel (xlsx), JSON or NDJSON, gzipped or not, up to 1 GiB.</p>
          </div>
          <button type="submit">Send the file</button>
        </form>
        <p class="hint">
          Nothing is taken in yet: the next page shows what was recognised and what would become of the first rows. A
          file that is not taken in is deleted after four hours.
        </p>
      </section>
      <Waiting c={c} uploads={desk.uploads.list(config.organization)} />
    </Page>
  );
}

/** Where a file is sent, understood, tried and taken in. */
export function uploadRoutes(app: AdminApp, desk: Desk): void {
  function uploadOf(c: AdminContext): Upload {
    const upload = desk.uploads.find(c.get('config').organization, c.req.param('id') ?? '');
    if (upload) return upload;
    throw new HTTPException(404, {
      message: 'The file has been taken in or discarded, or was too old. Send it again.',
    });
  }

  app.get('/o/:organization/upload', (c) => c.html(<UploadPage c={c} desk={desk} />));

  app.post('/o/:organization/upload', async (c) => {
    const config = c.get('config');
    const type = c.req.header('content-type') ?? '';
    if (!type.startsWith('multipart/form-data')) throw new UsageError('No file was sent.', 'Choose one and send it.');
    const upload = await desk.uploads.receive(config.organization, c.req.raw.body, type);
    return c.redirect(at(config, `upload/${upload.id}`), 303);
  });

  app.get('/o/:organization/upload/:id', async (c) => {
    const config = c.get('config');
    const upload = uploadOf(c);
    if (upload.takenInBy !== undefined) return c.redirect(upload.takenInBy, 303);
    const smartlead = smartleadOf(desk, config);
    const page = await showUpload(c, upload);
    return c.html(
      <Page c={c} desk={desk} page="upload" title="Upload">
        <p class="hint">
          <Text>{upload.name}</Text>, {sizeWords(upload.bytes)}, sent <Time at={upload.receivedAt} />
        </p>
        {page}
        {typeof smartlead === 'string' ? (
          <p class="notice warn">
            <Text>{smartlead}</Text>
          </p>
        ) : null}
        <form method="post" action={at(config, `upload/${upload.id}/discard`)}>
          <Token c={c} />
          <button type="submit" class="quiet">
            Discard the file
          </button>
        </form>
      </Page>,
    );
  });

  async function showUpload(c: AdminContext, upload: Upload) {
    const config = c.get('config');
    try {
      const files = await openUpload(upload, config, PREVIEW_ROWS);
      try {
        const [input] = files.inputs;
        if (!input) throw new UsageError('There is nothing in the file.');
        const preview = await previewRows(desk, config, files);
        return (
          <>
            <Recognised plan={input.plan} passedOver={passedOverNotes(input)} />
            <ReadingForm c={c} upload={upload} columns={input.plan.columns} plan={input.plan} open={false} />
            <Preview {...preview} />
            <TakeInForm c={c} upload={upload} />
          </>
        );
      } finally {
        await files.close();
      }
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      const columns = error instanceof ColumnsError ? error.columns : [];
      return (
        <>
          <p class="notice bad" role="alert">
            <Text>{error.message}</Text>
          </p>
          <ReadingForm c={c} upload={upload} columns={columns} plan={undefined} open={true} />
        </>
      );
    }
  }

  app.post('/o/:organization/upload/:id/reading', async (c) => {
    const upload = uploadOf(c);
    const fields = readFields(readingSchema, await formOf(c));
    const { delimiter, encoding, sheet, source } = fields;
    const map = ALL_FIELDS.flatMap((field) => {
      const column = fields[`field.${field}`];
      return typeof column === 'string' && column.trim() !== '' ? [`${field}=${column}`] : [];
    });
    upload.reading = { map, delimiter, encoding, sheet, source };
    return c.redirect(at(c.get('config'), `upload/${upload.id}`), 303);
  });

  app.post('/o/:organization/upload/:id/take-in', async (c) => {
    const config = c.get('config');
    const upload = uploadOf(c);
    if (upload.takenInBy !== undefined) return c.redirect(upload.takenInBy, 303);
    const { what, again, onExisting } = readFields(takeInSchema, await formOf(c));
    const choice = { again: again === 'yes', onExisting };
    if (what === 'dry-run') return c.redirect(jobAddress(desk, await beginDryRun(desk, config, upload, choice)), 303);
    // Sent twice by a double click, it must be taken in once.
    upload.takenInBy = at(config, 'runs');
    try {
      const job = await beginTakeIn(desk, config, upload, { ...choice, push: what === 'push' });
      return c.redirect(jobAddress(desk, job), 303);
    } catch (error) {
      upload.takenInBy = undefined;
      throw error;
    }
  });

  app.post('/o/:organization/upload/:id/discard', async (c) => {
    const upload = uploadOf(c);
    if (upload.takenInBy !== undefined) throw new UsageError('The file is being taken in just now.');
    await desk.uploads.remove(upload.id);
    return backTo(c, at(c.get('config'), 'upload'), `${upload.name.slice(0, 100)} is discarded`);
  });
}
