import { closeSync, existsSync, openSync, readSync, statSync } from 'node:fs';
import { DatabaseError } from '../../errors.js';

const WAL_HEADER = 32;
const FRAME_HEADER = 24;

function readAt(file: number, length: number, position: number): Buffer {
  const bytes = Buffer.alloc(length);
  return bytes.subarray(0, readSync(file, bytes, 0, length, position));
}

/** The numbers of the pages that the write-ahead log holds; nothing when there is no log. */
function pagesInLog(path: string): Set<number> {
  const pages = new Set<number>();
  if (!existsSync(path)) return pages;
  const file = openSync(path, 'r');
  try {
    const header = readAt(file, WAL_HEADER, 0);
    if (header.length < WAL_HEADER) return pages;
    const frame = FRAME_HEADER + header.readUInt32BE(8);
    for (let at = WAL_HEADER; ; at += frame) {
      const head = readAt(file, FRAME_HEADER, at);
      if (head.length < FRAME_HEADER) return pages;
      pages.add(head.readUInt32BE(0));
    }
  } finally {
    closeSync(file);
  }
}

/**
 * Refuses a file that is no database, or lacks pages that its own header counts, before SQLite opens (and perhaps
 * mends) it. A process killed while it moved pages from the log into the file leaves it short, too: then the log has
 * what is missing. Throws DatabaseError.
 *
 * Not for a file that this process has open in any thread: closing one descriptor of a file ends all locks of the process
 * on it, SQLite's too, and then the next program that closes the database takes its write-ahead log away under us.
 */
export function refuseBrokenFile(path: string): void {
  if (!existsSync(path)) {
    throw new DatabaseError(`there is no database at ${path}`, 'Run drason ingest first, or name another with --db.');
  }
  const stat = statSync(path);
  if (!stat.isFile()) throw new DatabaseError(`${path} is not a file`, 'Name a database file with --db.');
  if (stat.size === 0) return;
  const file = openSync(path, 'r');
  let head: Buffer;
  try {
    head = readAt(file, 100, 0);
  } finally {
    closeSync(file);
  }
  if (head.length < 100 || head.toString('latin1', 0, 15) !== 'SQLite format 3') {
    throw new DatabaseError(
      `${path} is damaged or not a SQLite database; it was left untouched`,
      'Name another file with --db.',
    );
  }
  const stated = head.readUInt16BE(16);
  const pageSize = stated === 1 ? 65_536 : stated;
  const countIsValid = head.readUInt32BE(24) === head.readUInt32BE(92);
  const pages = head.readUInt32BE(28);
  if (!countIsValid || pages * pageSize <= stat.size) return;
  const inLog = pagesInLog(`${path}-wal`);
  for (let page = Math.floor(stat.size / pageSize) + 1; page <= pages; page++) {
    // Another process may have moved the log's pages into the file since it was measured.
    if (inLog.has(page) || page * pageSize <= statSync(path).size) continue;
    throw new DatabaseError(
      `${path} is cut off: parts of the database are missing; it was left untouched`,
      'Restore a backup.',
    );
  }
}
