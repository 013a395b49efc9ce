import { statfsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { checkDisk, diskProblem, folderThatExists } from '../../src/doctor/local-disk.js';
import { tempDir } from '../helpers/temp-dir.js';

test.each([
  ['ext4', 0xef53, undefined],
  ['xfs', 0x58465342, undefined],
  ['btrfs', 0x9123683e, undefined],
  ['tmpfs', 0x01021994, undefined],
  ['overlay', 0x794c7630, undefined],
  ['NFS', 0x6969, 'failed'],
  ['CIFS', 0xff534d42, 'failed'],
  ['SMB 2', 0xfe534d42, 'failed'],
  ['FUSE', 0x65735546, 'warning'],
  ['9P', 0x01021997, 'warning'],
])('a database on %s', (_name, type, state) => {
  expect(diskProblem(type)?.state).toBe(state);
});

test('a database that is not there yet lies where the nearest folder lies', () => {
  const dir = tempDir();
  expect(folderThatExists(join(dir, 'a', 'b', 'c.db'))).toBe(dir);
  const here = diskProblem(statfsSync(dir).type);
  expect(checkDisk(join(dir, 'a', 'b', 'c.db'))).toEqual(process.platform === 'linux' ? here : undefined);
});
