// Loaded into drason before its own code (NODE_OPTIONS=--import), to make from outside what goes wrong on real machines:
// a kill at a named point, a full disk, a clock that steps. What to do is in FAULT_PLAN, as faultEnv() writes it; the
// product knows nothing of it.
import { spawnSync } from 'node:child_process';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { Socket } from 'node:net';
import BetterSqlite3 from 'better-sqlite3';

const plan = JSON.parse(process.env.FAULT_PLAN ?? '{}');
const die = () => process.kill(process.pid, 'SIGKILL');

if (plan.asNobody) {
  process.setgroups?.([]);
  process.setgid?.(65534);
  process.setuid?.(65534);
}

/** From now on no file can grow: what a full disk does, without filling one. */
function fillDisk() {
  const { status } = spawnSync('prlimit', ['--pid', String(process.pid), '--fsize=1:1']);
  if (status !== 0) throw new Error('prlimit failed');
}

if (plan.peakMemoryTo) {
  process.on('exit', () =>
    writeFileSync(plan.peakMemoryTo, /VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? ''),
  );
}

const scratch = new BetterSqlite3(':memory:');
const statement = Object.getPrototypeOf(scratch.prepare('SELECT 1'));
scratch.close();

/** What the transaction that is open is for: 'claim', 'settle' or nothing of interest. */
let purpose;
const count = { claim: 0, settle: 0 };
const nth = plan.nth ?? 1;
const { run } = statement;

function begins(what) {
  purpose = what;
  count[what]++;
  if (plan.diskFullAt === what && count[what] === nth) fillDisk();
}

function killedAt(when, what, then) {
  if (plan.killAt === `${when} the ${what} ${then}` && count[what] === nth) die();
}

statement.run = function patchedRun(...values) {
  const sql = this.source;
  if (sql.startsWith('BEGIN')) purpose = undefined;
  if (sql.startsWith('INSERT INTO attempts')) begins('claim');
  if (sql.startsWith('UPDATE attempts SET settled_at')) begins('settle');
  const ends = sql === 'COMMIT' ? purpose : undefined;
  killedAt('before', ends, 'commits');
  const result = run.apply(this, values);
  killedAt('after', ends, 'has committed');
  return result;
};

const { close } = BetterSqlite3.prototype;
BetterSqlite3.prototype.close = function patchedClose() {
  // `memory` also tells the private database of a dry run, which has no file
  if (plan.synchronousTo && this.open && this.name !== '') {
    appendFileSync(plan.synchronousTo, `${this.pragma('synchronous', { simple: true })}\n`);
  }
  return close.call(this);
};

let bodies = 0;
const { write } = Socket.prototype;
Socket.prototype.write = function patchedWrite(chunk, ...rest) {
  const text = String(chunk);
  if (!text.includes('"lead_list"')) return write.call(this, chunk, ...rest);
  bodies++;
  if (plan.killAt === 'mid-body' && bodies === nth) {
    return write.call(this, text.slice(0, text.length / 2), () => die());
  }
  if (plan.clockStep && bodies === plan.clockStep.atPush) stepClock(plan.clockStep.ms);
  return write.call(this, chunk, ...rest);
};

const RealDate = Date;
function stepClock(ms) {
  const now = () => RealDate.now() + ms;
  globalThis.Date = class extends RealDate {
    constructor(...values) {
      if (values.length === 0) super(now());
      else super(...values);
    }
    static now() {
      return now();
    }
  };
  if (plan.clockStep?.told) writeFileSync(plan.clockStep.told, new Date().toISOString());
}
if (plan.clockAheadMs) stepClock(plan.clockAheadMs);

if (plan.steadyAheadMs) {
  const { bigint } = process.hrtime;
  process.hrtime.bigint = () => bigint() + BigInt(plan.steadyAheadMs) * 1_000_000n;
}

if (plan.blockEveryMs) {
  // an event loop that is busy with something else for a while
  setInterval(() => {
    const until = performance.now() + plan.blockForMs;
    while (performance.now() < until);
  }, plan.blockEveryMs).unref();
}
