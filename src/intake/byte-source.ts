import { constants, existsSync, readdirSync } from 'node:fs';
import { access, type FileHandle, open } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { UsageError } from '../errors.js';
import { didYouMean } from '../text/wording.js';

/** The bytes of one input as they come. */
export interface ByteSource {
  bytes: AsyncIterable<Buffer>;
  /** Lets go of the file or of stdin; may be called at any time, also twice. */
  close(): Promise<void>;
}

const CHUNK_BYTES = 256 * 1024;

/** Opens a file, or takes `stdin` for `-`. A path that cannot be read is a {@link UsageError}. */
export async function openBytes(name: string, stdin: Readable): Promise<ByteSource> {
  if (name === '-') return fromStream(stdin);
  const handle = await openFile(name);
  return fromStream(handle.createReadStream({ highWaterMark: CHUNK_BYTES }));
}

function fromStream(stream: Readable): ByteSource {
  // A stream that is closed before it was read may still report an error, which then concerns nobody.
  stream.on('error', () => {});
  return {
    bytes: toBuffers(stream),
    async close() {
      if (stream.closed) return;
      const closed = new Promise<void>((resolve) => stream.once('close', () => resolve()));
      stream.destroy();
      await closed;
    },
  };
}

async function* toBuffers(stream: Readable): AsyncGenerator<Buffer> {
  for await (const chunk of stream) {
    if (Buffer.isBuffer(chunk)) yield chunk;
    else if (chunk instanceof Uint8Array) yield Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    else yield Buffer.from(String(chunk));
  }
}

async function openFile(name: string): Promise<FileHandle> {
  requirePath(name);
  let handle: FileHandle;
  try {
    await access(name, constants.R_OK);
    handle = await open(name, 'r');
  } catch (error) {
    throw unreadable(name, error);
  }
  if ((await handle.stat()).isDirectory()) {
    await handle.close();
    const files = `${name.replace(/\/+$/, '')}/*.csv`;
    throw new UsageError(`${name} is a directory`, `Give the lead files in it, for example: ${files}`);
  }
  return handle;
}

/** Throws a {@link UsageError} for what is no path but a shell, or a browser, would make something of. */
function requirePath(name: string): void {
  if (existsSync(name)) return;
  if (/^https?:\/\/docs\.google\.com\/spreadsheets\//i.test(name)) {
    throw new UsageError(
      `${name} is a Google Sheet`,
      'In Google Sheets choose File > Download > CSV, and give drason that file.',
    );
  }
  if (/^(?:https?|ftps?|s3|gs|sftp):\/\//i.test(name)) {
    const piped = /^https?:/i.test(name) ? `, for example: curl -fsSL ${quoted(name)} | drason ingest -` : '';
    throw new UsageError(`${name} is an address on the web, not a file`, `Download it first${piped}`);
  }
  if (/^file:\/\//i.test(name)) throw new UsageError(`${name} is a URL, not a path`, `Type: ${pathOf(name)}`);
  if (/^~[\w.-]*(?:\/|$)/.test(name)) {
    throw new UsageError(
      `${name} does not exist: a shell leaves ~ as it is within quotes`,
      `Type it without quotes around the ~: ${name.replace(/\/.*/, '')}/${quotedUnlessPlain(name.replace(/^[^/]*\/?/, ''))}`,
    );
  }
  if (/[*?]|\[.+\]|\{.+,.*\}/.test(name)) {
    throw new UsageError(
      `${name} does not exist: it is a pattern that no file matches, or it was typed within quotes`,
      `Type it without quotes: ${name}`,
    );
  }
}

function pathOf(url: string): string {
  try {
    return fileURLToPath(url);
  } catch {
    return url.replace(/^file:\/\/[^/]*/i, '');
  }
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function quotedUnlessPlain(text: string): string {
  return /^[\w./*?-]*$/.test(text) ? text : quoted(text);
}

/** A file of the same folder whose name is nearly so, as the end of a message. */
function neighbour(name: string): string {
  try {
    return didYouMean(basename(name), readdirSync(dirname(name)));
  } catch {
    return '';
  }
}

function unreadable(name: string, error: unknown): UsageError {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return new UsageError(`${name} does not exist${neighbour(name)}`, 'Check the path, or give - to read from stdin.');
  }
  if (code === 'EACCES' || code === 'EPERM') {
    return new UsageError(`${name} may not be read by this user`, 'Change its permissions, or copy it.');
  }
  return new UsageError(`${name} cannot be opened: ${error instanceof Error ? error.message : String(error)}`);
}
