import { Readable } from 'node:stream';
import type { OrganizationConfig } from '../../config/schema.js';
import { type LeadFiles, openLeadFiles } from '../../pipeline/lead-files.js';
import type { Upload } from './uploads.js';

/** Opens an uploaded file under the name it was chosen by. Throws a UsageError for one that cannot be used. */
export function openUpload(upload: Upload, config: OrganizationConfig, limit?: number): Promise<LeadFiles> {
  const reading = { ...upload.reading, shownAs: upload.name, limit };
  return openLeadFiles([upload.path], config, reading, Readable.from([]));
}
