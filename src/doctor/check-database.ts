import { accessSync, constants, existsSync } from 'node:fs';
import type { StoreContext } from '../store/engine/context.js';
import { describeDatabase, findDamage, proveWritable } from '../store/engine/database-check.js';
import { successOfLastDay } from '../store/queue/push-success.js';
import { type Finding, failed, failedBy, ok, warning } from './finding.js';
import { checkDisk, folderThatExists } from './local-disk.js';

const FIX = 'Restore a backup, or name another with --db.';
/** This share of the pushes may fail before it is a fault. */
const MOST_FAILURES = 0.1;

function checkPlace(path: string): Finding {
  const folder = folderThatExists(path);
  try {
    accessSync(folder, constants.W_OK);
  } catch {
    return failed(
      'database',
      `none at ${path}, and ${folder} is not writable`,
      'Make it writable, or name another with --db.',
    );
  }
  return warning('database', `none yet at ${path}`, 'drason ingest makes it.');
}

/** Checks the database, making none. Returns it when it may be used. */
export async function* checkDatabase(setUp: {
  databasePath(): string;
  openStore(create: boolean): Promise<StoreContext>;
}): AsyncGenerator<Finding, StoreContext | undefined> {
  const path = setUp.databasePath();
  const disk = checkDisk(path);
  if (disk) yield disk;
  if (!existsSync(path)) {
    yield checkPlace(path);
    return undefined;
  }
  try {
    const store = await setUp.openStore(false);
    const damage = await findDamage(store);
    if (damage.length > 0) {
      yield failed('database', `${path} is damaged: ${damage.join('; ')}`, FIX);
      return undefined;
    }
    await proveWritable(store);
    const { schema, kind } = await describeDatabase(store);
    yield ok('database', `${path}: ${kind}, schema ${schema}, writable, sound`);
    return store;
  } catch (error) {
    yield failedBy('database', error, FIX);
    return undefined;
  }
}

/** Checks how the pushes of an organization went in the last 24 hours. */
export async function checkPushes(store: StoreContext, organization: string): Promise<Finding> {
  const { proven, failed: lost } = await successOfLastDay(store, organization);
  const pushed = proven + lost;
  if (pushed === 0) return ok('pushes', 'nothing was pushed in the last 24 hours');
  const share = `${Math.ceil((lost * 1000) / pushed) / 10}% failed in the last 24 hours (${lost.toLocaleString('en')} of ${pushed.toLocaleString('en')})`;
  const fix = 'drason status shows in which campaigns; each held lead has its reason in last_error.';
  return lost / pushed > MOST_FAILURES ? failed('pushes', share, fix) : ok('pushes', share);
}
