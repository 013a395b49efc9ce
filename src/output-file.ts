/**
 * Files that drason writes for somebody, under names that people give: nothing is ever written over that drason does not
 * own. Paths are compared by the file they lead to, not by their text.
 */
import { createHash, randomBytes } from 'node:crypto';
import {
  closeSync,
  existsSync,
  openSync,
  readFileSync,
  readlinkSync,
  readSync,
  realpathSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import { UsageError } from './errors.js';
import { makePrivateFolder } from './private-file.js';

/** A file, or a folder with all that is in it, that no output may take the place of. */
export interface Kept {
  path: string;
  /** For messages: `the database`. */
  what: string;
}

export interface OutputRequest {
  /** As it was named. */
  file: string;
  /** For messages: `the rejects file`. */
  what: string;
  kept: readonly Kept[];
  /** Replace a regular file although drason did not write it, or somebody has changed it. */
  force: boolean;
  /** The output is a database itself, and may take the place of another with `force`. */
  isDatabase?: boolean | undefined;
  /** The folder that records what drason has written; undefined: no file that is there is ever its own. */
  records?: string | undefined;
}

/** Where something may be written. */
export interface Output {
  /** As it was named. */
  file: string;
  /** The file it leads to. */
  path: string;
  /** A device or a pipe: it is written to as it is, and is never replaced. */
  isStream: boolean;
  /** How a stream is opened: by its name, or as the descriptor that /dev/stderr and the like stand for. */
  streamOptions: { flags: 'a' } | { fd: number; autoClose: false };
  /** Whether a file is there now. */
  exists(): boolean;
  /** Puts the finished file into place and on record. Throws a UsageError when somebody else's file is there by now. */
  put(unfinished: string): void;
}

/** A name beside the file for what is not finished yet. */
export function unfinishedName(path: string): string {
  return `${path}.${process.pid}.${randomBytes(4).toString('hex')}.tmp`;
}

/** Checks that an output may be written, before anything is done. Throws a UsageError that says why not. */
export function openOutput(request: OutputRequest): Output {
  const { file, what } = request;
  const path = realPath(file);
  // of the name as it is: what /dev/stderr leads to may be a socket, which has no path
  const found = statSync(file, { throwIfNoEntry: false });
  if (found?.isDirectory()) throw new UsageError(`${what} ${file} is a directory`, 'Name a file.');
  // /dev/stdout may be a file, which belongs to whoever has redirected it there
  const isStream = found !== undefined && (!found.isFile() || /^\/(dev|proc)\//.test(resolve(file)));
  if (found === undefined && !statSync(dirname(path), { throwIfNoEntry: false })?.isDirectory()) {
    throw new UsageError(`the directory of ${what} ${file} does not exist`, 'Create it first.');
  }
  if (!isStream || found?.isFile()) refuseKept(path, request);
  if (!isStream) refuseForeign(path, request);
  return {
    file,
    path,
    isStream,
    streamOptions: streamOptions(resolve(file)),
    exists: () => existsSync(path),
    put(unfinished) {
      refuseKept(path, request);
      refuseForeign(path, request);
      if (request.records !== undefined) note(request.records, path, fingerprint(unfinished));
      renameSync(unfinished, path);
    },
  };
}

/** A descriptor may be a socket, which cannot be opened by name. */
function streamOptions(path: string): Output['streamOptions'] {
  const [, name, number] = /^\/dev\/(?:(stdout|stderr)|fd\/(\d+))$/.exec(path) ?? [];
  if (name === undefined && number === undefined) return { flags: 'a' };
  const named = name === 'stdout' ? 1 : 2;
  return { fd: number === undefined ? named : Number(number), autoClose: false };
}

/** An output in a folder of drason's own, where nothing else can be. */
export function ownOutput(path: string): Output {
  const put = (unfinished: string) => renameSync(unfinished, path);
  return { file: path, path, isStream: false, streamOptions: { flags: 'a' }, exists: () => existsSync(path), put };
}

function refuseKept(path: string, { file, what, kept }: OutputRequest): void {
  const taken = kept.find((one) => isSame(path, one.path) || isSame(dirname(path), one.path));
  if (taken) throw new UsageError(`${what} ${file} would take the place of ${taken.what}`, 'Give it another name.');
}

const NEXT = 'Give it another name, or add --force to replace the file.';

function refuseForeign(path: string, { file, what, force, records, ...request }: OutputRequest): void {
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found?.isFile()) return;
  if (!request.isDatabase && isDatabase(path))
    throw new UsageError(`${what} ${file} would take the place of a database`, 'Give it another name.');
  if (force) return;
  const known = records === undefined ? undefined : recorded(records, path);
  if (records === undefined) throw new UsageError(`${file} exists already; it was left as it is`, NEXT);
  if (!known) throw new UsageError(`${what} ${file} is there already, and drason did not write it`, NEXT);
  if (known.size === found.size && known.sha256 === fingerprint(path).sha256) return;
  throw new UsageError(`${what} ${file} was changed since drason wrote it`, NEXT);
}

function isDatabase(path: string): boolean {
  const head = Buffer.alloc(16);
  const file = openSync(path, 'r');
  try {
    return readSync(file, head, 0, 16, 0) === 16 && head.toString('latin1') === 'SQLite format 3\0';
  } finally {
    closeSync(file);
  }
}

/** Whether two paths lead to one file: hard links, too, and a file that is not there yet. */
function isSame(a: string, b: string): boolean {
  const real = realPath(b);
  if (a === real) return true;
  const one = statSync(a, { bigint: true, throwIfNoEntry: false });
  const other = one && statSync(real, { bigint: true, throwIfNoEntry: false });
  return one !== undefined && other !== undefined && one.dev === other.dev && one.ino === other.ino;
}

/** Symbolic links resolved, of a file that is not there yet as far as it can be. */
function realPath(path: string, links = 40): string {
  const full = resolve(path);
  try {
    return realpathSync(full);
  } catch {
    const parent = dirname(full);
    const here = parent === full ? full : join(realPath(parent, links), basename(full));
    const target = linkTarget(here);
    return target === undefined || links === 0 ? here : realPath(resolve(dirname(here), target), links - 1);
  }
}

function linkTarget(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined; // no link, or nothing there
  }
}

const recordSchema = z.object({ path: z.string(), size: z.number(), sha256: z.string() });
type Fingerprint = Pick<z.infer<typeof recordSchema>, 'size' | 'sha256'>;

function fingerprint(path: string): Fingerprint {
  const hash = createHash('sha256');
  const buffer = Buffer.alloc(1 << 20);
  const file = openSync(path, 'r');
  try {
    let size = 0;
    for (;;) {
      const read = readSync(file, buffer, 0, buffer.length, null);
      if (read === 0) return { size, sha256: hash.digest('hex') };
      hash.update(buffer.subarray(0, read));
      size += read;
    }
  } finally {
    closeSync(file);
  }
}

const recordOf = (records: string, path: string) =>
  join(records, `${createHash('sha256').update(path).digest('hex').slice(0, 32)}.json`);

function recorded(records: string, path: string): Fingerprint | undefined {
  try {
    const known = recordSchema.parse(JSON.parse(readFileSync(recordOf(records, path), 'utf8')));
    return known.path === path ? known : undefined;
  } catch {
    return undefined; // nothing is on record
  }
}

function note(records: string, path: string, written: Fingerprint): void {
  const record = recordOf(records, path);
  try {
    makePrivateFolder(records);
    const unfinished = unfinishedName(record);
    writeFileSync(unfinished, JSON.stringify({ path, ...written }), { mode: 0o600 });
    renameSync(unfinished, record);
  } catch {
    // without a record the file counts as somebody's own, and the next run asks for another name
  }
}
