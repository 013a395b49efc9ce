import type { Terminal } from './terminal.js';

const SIGNALS: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];
const EXIT: Partial<Record<NodeJS.Signals, number>> = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 };
/** How long the first signal lets requests in flight finish, milliseconds. */
const GRACE_MS = 30_000;

/**
 * The first signal asks to stop: nothing new is begun, what is in flight is waited for, which `says` says. A second
 * one, or `graceMs`, ends the process at once; what was in flight is then settled by the next run. SIGHUP is never the
 * second: one closed terminal is heard of several times, from the kernel, the shell and each stream that breaks.
 */
export function watchSignals(
  terminal: Terminal,
  says = 'waiting for requests in flight; once more ends at once',
  graceMs = GRACE_MS,
) {
  const controller = new AbortController();
  let received: NodeJS.Signals | undefined;
  const leave = (signal: NodeJS.Signals) => process.exit(EXIT[signal] ?? 130);
  const onSignal = (signal: NodeJS.Signals) => {
    if (received) return signal === 'SIGHUP' ? undefined : leave(signal);
    received = signal;
    controller.abort();
    if (says !== '') terminal.warn(`${signal}: ${says}`);
    setTimeout(() => leave(signal), graceMs).unref();
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);
  return {
    stopping: controller.signal,
    received: () => received,
    /** What the process ends with after a signal; undefined when none came. */
    exitCode: () => (received === undefined ? undefined : EXIT[received]),
    stop() {
      for (const signal of SIGNALS) process.off(signal, onSignal);
    },
  };
}
