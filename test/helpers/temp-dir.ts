import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, onTestFinished } from 'vitest';

const makeDir = () => mkdtempSync(join(tmpdir(), 'drason-test-'));
const remove = (dir: string) => rmSync(dir, { recursive: true, force: true });

/** A folder of the test's own, gone when it ends. */
export function tempDir(): string {
  const dir = makeDir();
  onTestFinished(() => remove(dir));
  return dir;
}

/** A folder of the test file's own, for use outside its tests; gone when the last has ended. */
export function fileTempDir(): string {
  const dir = makeDir();
  afterAll(() => remove(dir));
  return dir;
}
