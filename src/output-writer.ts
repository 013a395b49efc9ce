import { once } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { finished } from 'node:stream/promises';
import { DrasonError, TemporaryError, UsageError } from './errors.js';
import { type Output, unfinishedName } from './output-file.js';

/** Writes an output that was checked. What it throws names the file. */
export interface OutputWriter {
  /** Adds text; waits while the disk is behind. */
  write(text: string): Promise<void>;
  /** Puts the file into place; one that nothing was written to is neither made nor touched. */
  close(): Promise<void>;
  /** Gives up what was written and leaves nothing behind; after close() it does nothing. */
  discard(): Promise<void>;
}

/**
 * A file is written beside its place under another name and put there by close(); a device or a pipe is written to as it
 * is. `what`: for messages, such as `the rejects file`. `mode`: its rights, of which the umask takes away.
 */
export function outputWriter(output: Output, what: string, mode = 0o666): OutputWriter {
  const { file, path, isStream, streamOptions } = output;
  const unfinished = isStream ? path : unfinishedName(path);
  let stream: WriteStream | undefined;
  let failure: unknown;

  function open(): WriteStream {
    const opened = createWriteStream(unfinished, isStream ? streamOptions : { mode, flags: 'wx' });
    opened.on('error', (error) => {
      failure = error;
    });
    return opened;
  }

  async function remove(): Promise<void> {
    if (!isStream) await rm(unfinished, { force: true });
  }

  return {
    async write(text) {
      stream ??= open();
      const ready = stream.write(text);
      if (!ready && !failure) await once(stream, 'drain').catch(() => {});
      if (failure) throw writeError(`${what} ${file}`, failure);
    },
    async close() {
      if (!stream) return;
      try {
        stream.end();
        await finished(stream);
        if (!isStream) output.put(unfinished);
      } catch (error) {
        await remove();
        throw writeError(`${what} ${file}`, failure ?? error);
      }
      stream = undefined;
    },
    async discard() {
      if (!stream) return;
      stream.end();
      await finished(stream).catch(() => {});
      await remove();
      stream = undefined;
    },
  };
}

function writeError(named: string, error: unknown): Error {
  if (error instanceof DrasonError) return error;
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return new TemporaryError(`no room for ${named}`, 'Free some disk space.');
  if (typeof code !== 'string' || !(error instanceof Error))
    return error instanceof Error ? error : new Error(String(error));
  return new UsageError(`${named} cannot be written: ${error.message}`);
}
