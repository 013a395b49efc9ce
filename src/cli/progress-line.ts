import { printable } from '../text/wording.js';
import type { Terminal } from './terminal.js';

const PLAIN_LINE_EVERY_MS = 10_000;

/**
 * Says how far something is: on a line that moves on a terminal, with a plain line on stderr every ten seconds
 * elsewhere, also while nothing moves. Nothing with --quiet.
 */
export function makeProgressLine(terminal: Terminal) {
  const { moving } = terminal;
  const mayMove = terminal.live && !terminal.verbose;
  let plain: (() => string) | undefined;
  let timer: NodeJS.Timeout | undefined;

  function sayPlain(): void {
    if (plain) terminal.say(plain());
  }
  return {
    /** `text` is made only when it is shown. */
    show(text: () => string): void {
      if (mayMove && moving.fits()) {
        plain = undefined;
        moving.show(() => printable(text()));
      } else {
        plain = text;
        timer ??= setInterval(sayPlain, PLAIN_LINE_EVERY_MS).unref();
      }
    },
    stop(): void {
      clearInterval(timer);
      moving.stop();
    },
  };
}
