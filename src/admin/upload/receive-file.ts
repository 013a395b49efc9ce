import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import { Busboy, type BusboyFileStream, type BusboyInstance } from '@fastify/busboy';
import { TemporaryError, UsageError } from '../../errors.js';

/** A file of a form, as it was received. */
export interface ReceivedFile {
  /** What the browser calls it, without a path. */
  name: string;
  bytes: number;
}

/** Names are shown, and kept with each lead's story. */
const LONGEST_NAME = 150;

function cleanName(given: string | undefined): string {
  const name = (given ?? '').split(/[\\/]/).at(-1)?.trim() ?? '';
  const points = [...name];
  if (points.length > LONGEST_NAME)
    return `${points.slice(0, LONGEST_NAME - 20).join('')}…${points.slice(-19).join('')}`;
  // A lone - stands for standard input everywhere.
  return name === '' || name === '-' ? 'upload' : name;
}

const unreadable = () => new UsageError('The form cannot be read: it broke off, or is none.', 'Send the file again.');

const tooLarge = (maxBytes: number) =>
  new UsageError(
    `The file is larger than ${Math.floor(maxBytes / 1024 / 1024).toLocaleString('en')} MiB, the most that can be uploaded.`,
    'Split it, compress it with gzip, or take it in on the command line: drason ingest FILE.',
  );

/**
 * Writes the file of a multipart form to `path` as it comes, never holding it. What is beyond `maxBytes` is read and
 * thrown away, since browsers show an answer only when all is sent. Throws a UsageError: no form, no file, more than
 * one, an empty one, one that is too large; a TemporaryError where there is no room. What was written is the caller's.
 */
export async function receiveFile(
  body: ReadableStream,
  contentType: string,
  path: string,
  maxBytes: number,
): Promise<ReceivedFile> {
  let received: ReceivedFile | undefined;
  let writing: Promise<void> | undefined;
  let tooMany = false;
  let form: BusboyInstance;
  try {
    // One byte more tells whether there is more.
    form = new Busboy({
      headers: { 'content-type': contentType },
      limits: { fileSize: maxBytes + 1, files: 1, fields: 10, fieldSize: 1000, parts: 12, headerPairs: 50 },
    });
  } catch {
    throw unreadable();
  }
  form.on('filesLimit', () => {
    tooMany = true;
  });
  form.on('file', (_field: string, stream: BusboyFileStream, name: string | undefined) => {
    const file = { name: cleanName(name), bytes: 0 };
    received = file;
    stream.on('data', (chunk: Buffer) => {
      file.bytes += chunk.length;
    });
    writing = pipeline(stream, createWriteStream(path, { mode: 0o600, flags: 'wx' }));
    // It is waited for below; until then nobody else must be told.
    writing.catch((error: unknown) => form.destroy(error instanceof Error ? error : unreadable()));
  });
  try {
    await pipeline(Readable.fromWeb(body), form);
    await writing;
  } catch (error) {
    throw explain(error);
  }
  if (tooMany) throw new UsageError('More than one file was sent.', 'Choose one file at a time.');
  if (!received) throw noFile();
  if (received.bytes > maxBytes) throw tooLarge(maxBytes);
  if (received.bytes === 0) throw received.name === 'upload' ? noFile() : new UsageError(`${received.name} is empty`);
  return received;
}

const noFile = () => new UsageError('No file was chosen.', 'Choose a CSV, JSON or NDJSON file, gzipped or not.');

function explain(error: unknown): Error {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new TemporaryError('There is no room for the file on this machine.', 'Make room for temporary files.');
  }
  return unreadable();
}
