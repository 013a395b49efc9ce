import { printable } from '../wording.js';
import type { Terminal } from './terminal.js';

const PLAIN_LINE_EVERY_MS = 10_000;

/**
 * Says how far something is: on a line that moves on a terminal, with a plain line on stderr every ten seconds
 * elsewhere. Nothing with --quiet.
 */
export function makeProgressLine(terminal: Terminal) {
  const { moving } = terminal;
  const mayMove = terminal.live && !terminal.verbose;
  let lastPlain = Date.now();
  return {
    /** `text` is made only when it is shown. */
    show(text: () => string): void {
      if (mayMove && moving.fits()) {
        moving.show(() => printable(text()));
      } else if (Date.now() - lastPlain >= PLAIN_LINE_EVERY_MS) {
        lastPlain = Date.now();
        terminal.say(text());
      }
    },
    stop: () => moving.stop(),
  };
}
