import { readFileSync, readlinkSync } from 'node:fs';
import { hostname, uptime } from 'node:os';

/** Which process did something: enough to tell later whether it is still there. */
export interface Owner {
  /** The machine and, in a container, its own count of processes: pids of another mean nothing here. */
  host: string;
  /** Changes with every start of the machine. */
  bootId: string;
  pid: number;
  /** When the process began, in the kernel's own count: tells a process from a later one with the same pid. */
  processStarted: string;
}

function readOr(path: string, fallback: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return fallback;
  }
}

function readlinkOr(path: string, fallback = ''): string {
  try {
    return readlinkSync(path);
  } catch {
    return fallback;
  }
}

/** State and start of a process, in the kernel's words: fields 3 and 22 of /proc/PID/stat; '' where there is none. */
function processStat(pid: number, proc: string): { state: string; started: string } {
  const stat = readOr(`${proc}/${pid}/stat`, '');
  // counted after the command name, which may hold spaces and brackets
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return { state: fields[0] ?? '', started: fields[19] ?? '' };
}

/** Begins what stands in for a boot id where the system has none: two processes may differ in it. */
const ESTIMATED = 'up-';

/** The process that runs this code. Where there is no boot id, the hour the machine started stands in for it. */
function ownerHere(proc: string): Owner {
  return {
    host: [hostname(), readlinkOr(`${proc}/self/ns/pid`)].filter(Boolean).join(' '),
    bootId: readOr(
      `${proc}/sys/kernel/random/boot_id`,
      `${ESTIMATED}${Math.round((Date.now() / 1000 - uptime()) / 3600)}`,
    ),
    pid: process.pid,
    processStarted: processStat(process.pid, proc).started,
  };
}

let self: Owner | undefined;

/** The process that runs this code. */
export function thisProcess(): Owner {
  self ??= ownerHere('/proc');
  return self;
}

/**
 * Whether a process is still there: `false` only when that is certain. `undefined` when it cannot be known, because it
 * ran on another machine, or because nothing tells it from a later one with the same pid; then only its lease tells.
 * `proc` is where the kernel tells of processes, if anywhere.
 */
export function isAlive(owner: Owner, proc = '/proc'): boolean | undefined {
  const here = proc === '/proc' ? thisProcess() : ownerHere(proc);
  if (owner.host !== here.host) return undefined;
  const sameBoot = owner.bootId === here.bootId;
  const certain = !owner.bootId.startsWith(ESTIMATED) && !here.bootId.startsWith(ESTIMATED);
  if (!sameBoot && certain) return false;
  try {
    process.kill(owner.pid, 0);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return false;
  }
  const { state, started } = processStat(owner.pid, proc);
  // a zombie has ended, and waits only for its parent to notice
  if (state === 'Z' || state === 'X') return false;
  if (started !== '' && owner.processStarted !== '') return started === owner.processStarted;
  if (owner.pid === here.pid && sameBoot) return true;
  return certain ? true : undefined;
}
