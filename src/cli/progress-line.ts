import type { Terminal } from './terminal.js';

const PLAIN_LINE_EVERY_MS = 30_000;

/** Says how far something is: on a line that moves on a terminal, with a plain line every half minute elsewhere. */
export async function makeProgressLine(terminal: Terminal) {
  const moving = terminal.live && !terminal.verbose;
  const spinner = moving ? (await import('ora')).default({ stream: process.stderr, discardStdin: false }) : undefined;
  let lastPlain = Date.now();
  return {
    /** `text` is made only when it is shown. */
    show(text: () => string): void {
      if (spinner) {
        spinner.text = text();
        if (!spinner.isSpinning) spinner.start();
      } else if (Date.now() - lastPlain > PLAIN_LINE_EVERY_MS) {
        lastPlain = Date.now();
        terminal.say(text());
      }
    },
    stop: () => void spinner?.stop(),
  };
}
