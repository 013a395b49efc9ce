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

/** Field 22 of /proc/PID/stat, counted after the command name, which may hold spaces and brackets. */
function processStart(pid: number): string {
  const stat = readOr(`/proc/${pid}/stat`, '');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}

let self: Owner | undefined;

/** The process that runs this code. Where there is no /proc, the minute the machine started stands in for its boot id. */
export function thisProcess(): Owner {
  self ??= {
    host: [hostname(), readlinkOr('/proc/self/ns/pid')].filter(Boolean).join(' '),
    bootId: readOr('/proc/sys/kernel/random/boot_id', `up-${Math.round((Date.now() / 1000 - uptime()) / 60)}`),
    pid: process.pid,
    processStarted: processStart(process.pid),
  };
  return self;
}

/**
 * Whether a process is still there: `false` only when that is certain. `undefined` when it cannot be known, because it
 * ran on another machine; then only its lease tells.
 */
export function isAlive(owner: Owner): boolean | undefined {
  const here = thisProcess();
  if (owner.host !== here.host) return undefined;
  if (owner.bootId !== here.bootId) return false;
  try {
    process.kill(owner.pid, 0);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return false;
  }
  const started = processStart(owner.pid);
  return started === '' || owner.processStarted === '' || started === owner.processStarted;
}
