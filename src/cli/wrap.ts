import { stripVTControlCharacters } from 'node:util';
import type { Terminal } from './terminal.js';

/** Chinese, Japanese and Korean characters and emoji are two columns wide; marks that join others are none. */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u;
const NO_WIDTH = /\p{M}|\p{Cf}/u;

/** How many columns a text takes up in a terminal; colours take none. */
export function columnsOf(text: string): number {
  let columns = 0;
  for (const character of stripVTControlCharacters(text)) {
    if (NO_WIDTH.test(character)) continue;
    columns += WIDE.test(character) ? 2 : 1;
  }
  return columns;
}

/**
 * Breaks a text between words so that its lines keep within `width` columns. The first line begins with `first`, the
 * others with `rest`. A word that is too long for any line is left whole, so that it can be copied.
 */
export function wrap(text: string, width: number, first = '', rest = first): string {
  const lines: string[] = [];
  let line = first;
  let empty = true;
  for (const word of text.split(' ')) {
    if (!empty && columnsOf(line) + 1 + columnsOf(word) > width) {
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
export function wrapped(text: string, indent: number, { streams, width }: Terminal): string {
  if (streams.stdout.isTTY !== true) return text;
  return wrap(text, width - indent).replaceAll('\n', `\n${' '.repeat(indent)}`);
}
