import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ReadableStream } from 'node:stream/web';
import { v7 as uuidv7 } from 'uuid';
import { isoTime, systemClock } from '../../clock.js';
import { TemporaryError, UsageError } from '../../errors.js';
import type { ReadingOptions } from '../../pipeline/lead-files.js';
import { makePrivateFolder } from '../../private-file.js';
import { counted } from '../../text/wording.js';
import { receiveFile } from './receive-file.js';

/** The largest file that is taken, bytes: 1 GiB. */
const MAX_BYTES = 1024 ** 3;
/** So many files wait to be taken in, at most. */
const MAX_WAITING = 10;
/** A file that nobody takes in goes after this time, milliseconds. */
const KEPT_MS = 4 * 3_600_000;
/** Folders of servers that were killed; no upload of one at work is as old. */
const LEFT_MS = 24 * 3_600_000;

/** Beside the database, where there is room for leads and where their data may lie. */
const folderBeside = (databasePath: string) => `${databasePath}.uploads`;

/** A file that was sent and not taken in yet, with what was said about reading it. */
export interface Upload {
  id: string;
  organization: string;
  /** What the browser calls the file. */
  name: string;
  bytes: number;
  /** ISO 8601 UTC. */
  receivedAt: string;
  path: string;
  reading: Pick<ReadingOptions, 'map' | 'delimiter' | 'encoding' | 'sheet' | 'source'>;
  /** The address of the page of the job that takes it in just now. */
  takenInBy: string | undefined;
}

interface Kept extends Upload {
  folder: string;
  timer: NodeJS.Timeout;
}

/** The files that were sent, each in a folder of its own that only this user may read, until they are taken in. */
export class Uploads {
  readonly #folder: string;
  readonly #kept = new Map<string, Kept>();
  /** Files that are on their way, and their folders. */
  #coming = 0;
  readonly #arriving = new Set<string>();
  #closed = false;

  constructor(databasePath: string) {
    this.#folder = folderBeside(databasePath);
  }

  /** Receives the file of a form. Throws as {@link receiveFile} does, and when too many wait already. */
  async receive(organization: string, body: ReadableStream | null, contentType: string): Promise<Upload> {
    const waiting = this.#kept.size + this.#coming;
    if (waiting >= MAX_WAITING) {
      throw new UsageError(`${counted(waiting, 'file')} wait already.`, 'Take one of them in, or discard it.');
    }
    if (!body) throw new UsageError('No file was sent.');
    this.#coming++;
    try {
      return await this.#take(organization, body, contentType);
    } finally {
      this.#coming--;
    }
  }

  async #take(organization: string, body: ReadableStream, contentType: string): Promise<Upload> {
    makePrivateFolder(this.#folder);
    const folder = await mkdtemp(join(this.#folder, 'file-'));
    this.#arriving.add(folder);
    try {
      const path = join(folder, 'file');
      const { name, bytes } = await receiveFile(body, contentType, path, MAX_BYTES);
      if (this.#closed) throw new TemporaryError('drason serve is about to stop');
      const id = uuidv7();
      const timer = setTimeout(() => void this.#age(id), KEPT_MS).unref();
      const receivedAt = isoTime(systemClock.now());
      const reading = { map: [] };
      const upload = { id, organization, name, bytes, receivedAt, path, reading, takenInBy: undefined, folder, timer };
      this.#kept.set(id, upload);
      return upload;
    } catch (error) {
      await rm(folder, { recursive: true, force: true });
      throw error;
    } finally {
      this.#arriving.delete(folder);
    }
  }

  /** A file of an organization, unless it has gone. */
  find(organization: string, id: string): Upload | undefined {
    const upload = this.#kept.get(id);
    return upload?.organization === organization ? upload : undefined;
  }

  /** The files of an organization that wait, newest first. */
  list(organization: string): Upload[] {
    return [...this.#kept.values()].filter((upload) => upload.organization === organization).reverse();
  }

  /** Deletes a file. */
  async remove(id: string): Promise<void> {
    const upload = this.#kept.get(id);
    if (!upload) return;
    clearTimeout(upload.timer);
    this.#kept.delete(id);
    await rm(upload.folder, { recursive: true, force: true });
  }

  /** A run that is at work deletes its file itself. */
  async #age(id: string): Promise<void> {
    const upload = this.#kept.get(id);
    if (upload?.takenInBy === undefined) await this.remove(id);
    else upload.timer = setTimeout(() => void this.#age(id), KEPT_MS).unref();
  }

  /** Deletes all; nothing more is received. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#kept.keys()].map((id) => this.remove(id)));
    await Promise.all([...this.#arriving].map((folder) => rm(folder, { recursive: true, force: true })));
  }
}

/** Deletes what servers that were killed have left. */
export async function removeLeftUploads(databasePath: string): Promise<void> {
  const beside = folderBeside(databasePath);
  for (const name of await readdir(beside).catch(() => [])) {
    const folder = join(beside, name);
    const found = await stat(folder).catch(() => undefined);
    // another user's cannot be deleted, and need not be
    if (found && Date.now() - found.mtimeMs > LEFT_MS) await rm(folder, { recursive: true }).catch(() => undefined);
  }
}
