import { Help } from 'commander';
import type { Terminal } from './terminal.js';

/**
 * A line for the screen, broken at spaces where it would not fit beside `indent` columns; the lines that follow are
 * indented by as much. As it is where stdout is no screen: a line stays a line for grep.
 */
export function wrapped(text: string, indent: number, { streams, width }: Terminal): string {
  if (streams.stdout.isTTY !== true) return text;
  return new Help().boxWrap(text, width - indent).replaceAll('\n', `\n${' '.repeat(indent)}`);
}
