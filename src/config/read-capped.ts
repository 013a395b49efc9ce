import { closeSync, openSync, readSync } from 'node:fs';

/**
 * Reads a whole file, pipes too, but no more than `limit` bytes: undefined when it is longer. Throws the system's
 * error, which {@link systemReason} words.
 */
export function readCapped(path: string, limit: number): Buffer | undefined {
  const file = openSync(path, 'r');
  try {
    const buffer = Buffer.alloc(limit + 1);
    let length = 0;
    for (;;) {
      const read = readSync(file, buffer, length, buffer.length - length, null);
      if (read === 0) return buffer.subarray(0, length);
      length += read;
      if (length > limit) return undefined;
    }
  } finally {
    closeSync(file);
  }
}

const REASONS: Record<string, string> = {
  ENOENT: 'there is no such file',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EISDIR: 'it is a directory',
  ENOTDIR: 'a part of its path is not a directory',
};

/** Why a file could not be read, without its path: where one is expected, people have written a key. */
export function systemReason(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
  return REASONS[code] ?? code;
}
