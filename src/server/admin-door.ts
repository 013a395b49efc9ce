import type { AdminPages, Asked } from './admin-pages.js';
import type { App, DoorContext } from './doors.js';
import { readBytes, refusePacked } from './json-body.js';
import type { OwnNames } from './own-names.js';
import { ApiError } from './replies.js';
import { isUploadAddress } from './upload-address.js';

/** A form may be this large, bytes; before it is known who sends it there is no more than a password to send. */
const MAX_FORM_BYTES = 1024 * 1024;
const MAX_LOGIN_BYTES = 16 * 1024;
/** So many fields a form may have: a page of leads has some hundreds. */
const MAX_FIELDS = 5000;

/**
 * A request whose form was read to its end, within bounds, before anything is made of it. A file goes on as it comes: it
 * is read where it is known who sends it. Throws an ApiError.
 */
async function bounded(c: DoorContext): Promise<Asked> {
  const { url, method, headers, body } = c.req.raw;
  const asked = { client: c.get('client'), url, method, headers: [...headers] };
  if (method === 'GET' || method === 'HEAD') return { ...asked, body: null };
  if (isUpload(c)) return { ...asked, body };
  refusePacked(c);
  const most = c.req.path === '/admin/login' ? MAX_LOGIN_BYTES : MAX_FORM_BYTES;
  const bytes = await readBytes(c, { most });
  let fields = 1;
  for (const byte of bytes) if (byte === AMPERSAND) fields++;
  if (fields > MAX_FIELDS) throw new ApiError(413, 'TOO_LARGE', `A form may have ${MAX_FIELDS} fields.`);
  const type = c.req.header('content-type') ?? '';
  if (bytes.length > 0 && !/^application\/x-www-form-urlencoded\b/i.test(type)) {
    throw new ApiError(415, 'NOT_A_FORM', 'Send the form as application/x-www-form-urlencoded.');
  }
  return { ...asked, body: bytes.length > 0 ? new Uint8Array(bytes) : null };
}

const AMPERSAND = 38;

const isUpload = (c: DoorContext) =>
  isUploadAddress(c.req.raw.url.slice(c.req.raw.url.indexOf('/', 8))) &&
  (c.req.header('content-type')?.startsWith('multipart/form-data') ?? false);

/** The administrator's pages, below /admin. */
export function adminRoutes(app: App, pages: AdminPages, names: OwnNames): void {
  const answer = async (c: DoorContext) => {
    names.check(c.req.header('host'));
    return pages.answer(await bounded(c));
  };
  app.all('/admin', answer);
  app.all('/admin/*', answer);
}
