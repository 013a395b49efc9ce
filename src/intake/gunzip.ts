import { createGunzip } from 'node:zlib';

/** Small steps, so that what one step unpacks to is bounded whatever the ratio (deflate reaches about 1 : 1,030). */
const STEP_BYTES = 8 * 1024;

/**
 * Unpacks gzip. Everything that came before damage is handed on before the error is thrown, which piping through a
 * stream would not do: an error there discards what is still buffered.
 */
export async function* gunzip(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const unzip = createGunzip();
  const unpacked: Buffer[] = [];
  let failure: Error | undefined;
  unzip.on('data', (piece: Buffer) => unpacked.push(piece));
  unzip.on('error', (error) => {
    failure = error;
  });
  try {
    for await (const chunk of source) {
      for (let from = 0; from < chunk.length && !failure; from += STEP_BYTES) {
        await write(unzip, chunk.subarray(from, from + STEP_BYTES));
        yield* unpacked.splice(0);
      }
      if (failure) throw failure;
    }
    await finish(unzip);
    yield* unpacked.splice(0);
    if (failure) throw failure;
  } finally {
    unzip.destroy();
  }
}

type Gunzip = ReturnType<typeof createGunzip>;

/** Resolves when the piece was unpacked, or failed to be: the error listener above keeps why. */
function write(unzip: Gunzip, piece: Buffer): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      unzip.off('error', done);
      setImmediate(resolve);
    };
    // After an error the write's own callback may never come.
    unzip.once('error', done);
    unzip.write(piece, done);
  });
}

function finish(unzip: Gunzip): Promise<void> {
  return new Promise((resolve) => {
    unzip.once('end', resolve);
    unzip.once('error', () => resolve());
    unzip.end();
  });
}
