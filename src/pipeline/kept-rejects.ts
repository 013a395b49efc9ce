import { createReadStream } from 'node:fs';
import { chmod, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { OpenInput } from '../intake/read-leads.js';
import { createRejectsWriter, type RejectsWriter } from '../intake/rejects.js';
import { addressesIn } from '../intake/unwrap-address.js';
import { ownOutput } from '../output-file.js';
import { makePrivateFolder } from '../private-file.js';
import type { StoreContext } from '../store/engine/context.js';

/** Rejected rows are kept for so long, milliseconds. */
const KEPT_MS = 30 * 86_400_000;

const folderOf = ({ path }: StoreContext) => `${path}.rejects`;

/** The rejected rows of one run while it is at work; they hold people's data, and only this user may read them. */
export interface KeptRejects {
  writer: RejectsWriter;
  /** Keeps them under the id of their run; without rejected rows there is no file. */
  keep(runId: string): Promise<void>;
}

/** Prepares to keep the rejected rows of a run that is about to begin. `name` is theirs until its id is known. */
export async function keepRejects(
  store: StoreContext,
  inputs: readonly OpenInput[],
  name: string,
): Promise<KeptRejects> {
  const folder = folderOf(store);
  makePrivateFolder(folder);
  await chmod(folder, 0o700);
  const extension = inputs.every(({ plan }) => plan.format === 'csv') ? 'csv' : 'ndjson';
  const file = join(folder, `${name}.${extension}`);
  const writer = createRejectsWriter(ownOutput(file), inputs, 0o600);
  return {
    writer,
    async keep(runId) {
      try {
        if ((await writer.close()) > 0) await rename(file, join(folder, `${runId}.${extension}`));
      } catch {
        // Its file has gone with somebody who was forgotten meanwhile, or there is no room: the run is done all the same.
      }
      await removeOldRejects(store);
    },
  };
}

/** The kept rejected rows of a run, if there are any: the file, how it is called for those who download it, its bytes. */
export async function findRejects(
  store: StoreContext,
  runId: string,
): Promise<{ path: string; name: string; bytes: number } | undefined> {
  for (const extension of ['csv', 'ndjson']) {
    const path = join(folderOf(store), `${runId}.${extension}`);
    const found = await stat(path).catch(() => undefined);
    if (found?.isFile()) return { path, name: `rejects-${runId}.${extension}`, bytes: found.size };
  }
  return undefined;
}

/** The files there are; whatever else somebody has put into the folder is not ours. */
async function keptFiles(store: StoreContext): Promise<string[]> {
  const folder = folderOf(store);
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isFile()).map(({ name }) => join(folder, name));
}

/** Deletes what is older than 30 days, and what a run that died has left. What cannot be deleted stays: the next run tries again. */
export async function removeOldRejects(store: StoreContext): Promise<void> {
  for (const path of await keptFiles(store)) {
    const found = await stat(path).catch(() => undefined);
    if (found && store.clock.now() - found.mtimeMs > KEPT_MS) await rm(path, { force: true }).catch(() => undefined);
  }
}

/** An address as it may be written in these files: as it is, in a quoted CSV cell, in JSON. */
const spellings = (email: string) => [email, email.replaceAll('"', '""'), JSON.stringify(email).slice(1, -1)];

/** Longer than any address in any spelling; a line break ends each one. */
const LONGEST = 1000;

async function holds(path: string, email: string, wanted: readonly string[]): Promise<boolean> {
  const names = (text: string) =>
    wanted.some((one) => text.toLowerCase().includes(one)) || addressesIn(text).includes(email);
  let tail = '';
  for await (const piece of createReadStream(path, { encoding: 'utf8' })) {
    const text = tail + String(piece);
    if (names(text)) return true;
    tail = text.slice(-LONGEST);
  }
  return false;
}

/**
 * Deletes every file that names this address (canonical), in whatever spelling, as a whole: what it holds besides can be had again from the
 * lead file. Returns how many went.
 */
export async function removeRejectsNaming(store: StoreContext, email: string): Promise<number> {
  const wanted = spellings(email);
  let removed = 0;
  for (const path of await keptFiles(store)) {
    if (!(await holds(path, email, wanted))) continue;
    await rm(path, { force: true });
    removed++;
  }
  return removed;
}
