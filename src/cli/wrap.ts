import { displayWidth } from './display-width.js';
import type { Terminal } from './terminal.js';

/**
 * Breaks a text between words so that its lines keep within `width` columns. The first line begins with `first`, the
 * others with `rest`. A word that is too long for any line is left whole, so that it can be copied.
 */
export function wrap(text: string, width: number, first = '', rest = first): string {
  const lines: string[] = [];
  let line = first;
  let empty = true;
  for (const word of text.split(' ')) {
    if (!empty && displayWidth(line) + 1 + displayWidth(word) > width) {
      lines.push(line);
      line = rest + word;
    } else {
      line += empty ? word : ` ${word}`;
    }
    empty = false;
  }
  return [...lines, line].join('\n');
}

/**
 * A line for the screen, broken at spaces where it would not fit beside `indent` columns; the lines that follow are
 * indented by as much. As it is where stdout is no screen: a line stays a line for grep.
 */
export function wrapped(text: string, indent: number, { width }: Terminal): string {
  if (width === undefined) return text;
  return wrap(text, width - indent).replaceAll('\n', `\n${' '.repeat(indent)}`);
}
