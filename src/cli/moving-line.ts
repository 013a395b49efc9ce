import type { Writable } from 'node:stream';
import { clip } from './display-width.js';

/** A screen, as far as a line that moves needs it. */
type Screen = Writable & { columns?: number };

/** A terminal that is narrower shows nothing of use; 0 columns is what one says that knows no size (`ssh -tt`, expect). */
export const NARROWEST_SCREEN = 20;
const FRAMES = ['|', '/', '-', '\\'] as const;
const FRAME_MS = 120;
/** To the first column, and nothing right of it. */
const CLEAR = '\r\x1b[K';

/** The last line of a screen, drawn again and again. Whatever else is written hides it first. */
export function makeMovingLine(screen: Screen) {
  let text: (() => string) | undefined;
  let timer: NodeJS.Timeout | undefined;
  let drawn = false;
  let frame = 0;

  const fits = () => (screen.columns ?? 0) >= NARROWEST_SCREEN;
  function hide(): void {
    if (drawn) screen.write(CLEAR);
    drawn = false;
  }
  function draw(): void {
    // The size is asked for each time: a window may become too small for the line.
    if (text === undefined || !fits()) {
      hide();
      return;
    }
    // The last column stays free: a sign in it would begin the next line.
    const line = clip(`${FRAMES[frame++ % FRAMES.length]} ${text()}`, (screen.columns ?? 0) - 1);
    screen.write(`${CLEAR}${line}`);
    drawn = true;
  }

  return {
    /** Whether the screen has room for it now. */
    fits,
    /** Shows a line until the next one; `made` is called when it is drawn. */
    show(made: () => string): void {
      text = made;
      if (timer) return;
      timer = setInterval(draw, FRAME_MS).unref();
      draw();
    },
    /** Takes the line away until it is drawn the next time. */
    hide,
    /** Takes the line away for good. */
    stop(): void {
      clearInterval(timer);
      timer = undefined;
      text = undefined;
      hide();
    },
  };
}
