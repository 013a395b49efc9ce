import { existsSync, statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { type Finding, failed, warning } from './finding.js';

/** File systems of other machines, by the number that Linux gives them (statfs(2)). */
const REMOTE: Readonly<Record<number, string>> = {
  26985: 'NFS',
  20859: 'SMB',
  4283649346: 'CIFS',
  4266872130: 'SMB',
  1397113167: 'AFS',
  1937076805: 'Coda',
  12805120: 'Ceph',
  198183888: 'Lustre',
};
/** These may be of another machine (sshfs), or of the one around this one. */
const PERHAPS_REMOTE: Readonly<Record<number, string>> = {
  1702057286: 'FUSE',
  16914839: '9P',
  2020557398: 'VirtualBox shared folder',
};

const FIX = 'Name a database on a local disk with --db or database:.';

/** What is wrong with keeping a database on a file system of this type; undefined when nothing is. */
export function diskProblem(type: number): Finding | undefined {
  const remote = REMOTE[type];
  const why = 'its write-ahead log needs memory that all processes share';
  if (remote !== undefined) return failed('database', `it would lie on a network disk (${remote}): ${why}`, FIX);
  const perhaps = PERHAPS_REMOTE[type];
  if (perhaps === undefined) return undefined;
  return warning('database', `it would lie on a disk that may not be local (${perhaps}): ${why}`, FIX);
}

/** The nearest folder of a path that is there. */
export function folderThatExists(path: string): string {
  const folder = dirname(path);
  return folder === path || existsSync(folder) ? folder : folderThatExists(folder);
}

/** Whether a file lies, or would lie, on a disk of this machine. Elsewhere than on Linux it is taken for granted. */
export function checkDisk(path: string): Finding | undefined {
  return process.platform === 'linux' ? diskProblem(statfsSync(folderThatExists(path)).type) : undefined;
}
