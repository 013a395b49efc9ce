import { closeSync, openSync } from 'node:fs';
import { devNull } from 'node:os';
import { isatty } from 'node:tty';

/** What a process ends with when its terminal was closed. */
const HUNG_UP = 129;

/**
 * The terminal was closed: what SIGHUP asks for, which may not have come (a session that is not its own). Where nothing
 * is to be brought to an end, the process ends as that signal would have ended it.
 */
export function hangUp(): void {
  if (!process.emit('SIGHUP', 'SIGHUP')) process.exit(HUNG_UP);
}

/**
 * When it ends, Node gives the terminal its old mode back, and takes a terminal that was closed meanwhile for a fault of
 * its own: it aborts, and the exit code is lost. What is no terminal any more is therefore let go of first.
 */
export function letGoOfClosedTerminal(): void {
  const terminals = [0, 1, 2].filter((fd) => isatty(fd));
  if (terminals.length === 0) return;
  process.once('exit', () => {
    for (const fd of terminals) {
      if (isatty(fd)) continue;
      closeSync(fd);
      // the lowest number that is free, so this one
      openSync(devNull, 'r+');
    }
  });
}
