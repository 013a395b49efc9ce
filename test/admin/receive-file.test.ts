import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ReadableStream } from 'node:stream/web';
import { expect, test } from 'vitest';
import { receiveFile } from '../../src/admin/upload/receive-file.js';
import { tempDir } from '../helpers/temp-dir.js';

const MIB = 1024 * 1024;

/** A form with a file of so many bytes, sent in pieces. */
function formOf(bytes: number): ReadableStream {
  const head = '--x\r\ncontent-disposition: form-data; name="file"; filename="big.csv"\r\n\r\n';
  let left = bytes;
  let begun = false;
  return new ReadableStream({
    pull(controller) {
      if (!begun) controller.enqueue(Buffer.from(head));
      begun = true;
      const piece = Math.min(left, 64 * 1024);
      left -= piece;
      if (piece > 0) controller.enqueue(Buffer.alloc(piece, 'a'));
      if (left > 0) return;
      controller.enqueue(Buffer.from('\r\n--x--\r\n'));
      controller.close();
    },
  });
}

const receive = (bytes: number, path: string) =>
  receiveFile(formOf(bytes), 'multipart/form-data; boundary=x', path, 2 * MIB);

test('a file as large as the limit is taken whole, one byte more is refused, and so is much more', async () => {
  const dir = tempDir();
  expect(await receive(2 * MIB, join(dir, 'a'))).toEqual({ name: 'big.csv', bytes: 2 * MIB });
  expect(readFileSync(join(dir, 'a'))).toHaveLength(2 * MIB);
  await expect(receive(2 * MIB + 1, join(dir, 'b'))).rejects.toThrow('larger than 2 MiB');
  await expect(receive(20 * MIB, join(dir, 'c'))).rejects.toThrow('larger than 2 MiB');
  expect(readFileSync(join(dir, 'c')).length).toBeLessThanOrEqual(2 * MIB + 1);
});

test('a file that is there already is not written over', async () => {
  const path = join(tempDir(), 'a');
  await receive(10, path);
  await expect(receive(20, path)).rejects.toThrow();
  expect(readFileSync(path)).toHaveLength(10);
});
