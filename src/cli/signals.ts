import type { Terminal } from './terminal.js';

const SIGNALS: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];
const EXIT: Partial<Record<NodeJS.Signals, number>> = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 };
/** How long the first signal lets requests in flight finish, milliseconds. */
const GRACE_MS = 30_000;

/**
 * The first signal asks to stop: nothing new is begun, what is in flight is waited for. A second one, or half a minute,
 * ends the process at once; what was in flight is then settled by the next run.
 */
export function watchSignals(terminal: Terminal) {
  const controller = new AbortController();
  let received: NodeJS.Signals | undefined;
  const leave = (signal: NodeJS.Signals) => process.exit(EXIT[signal] ?? 130);
  const onSignal = (signal: NodeJS.Signals) => {
    if (received) leave(signal);
    received = signal;
    controller.abort();
    terminal.warn(`${signal}: waiting for requests in flight; once more ends at once`);
    setTimeout(() => leave(signal), GRACE_MS).unref();
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
