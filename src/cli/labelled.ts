import { printable } from '../text/wording.js';
import type { Terminal } from './terminal.js';
import { wrap, wrapped } from './wrap.js';

/** A command to copy, with what is to be done before it where something is. */
export interface NextStep {
  command: string;
  note?: string;
}

/** Lines of `Label  text`, `column` wide: text keeps beside its label, and the label of several texts stands once. */
export function labelledLines(column: number, terminal: Terminal) {
  const { bold, dim } = terminal.colors;
  const lines: string[] = [];
  const label = (text: string) => bold(text.padEnd(column));
  return {
    lines,
    label,
    add(heading: string, ...texts: readonly string[]): void {
      for (const [n, text] of texts.entries()) {
        lines.push(label(n === 0 ? heading : '') + wrapped(printable(text), column, terminal));
      }
    },
    /** The command stays on one line, so that it can be copied; its note goes below where there is no room beside it. */
    next({ command, note }: NextStep): void {
      const { width } = terminal;
      const room = width === undefined || column + command.length + (note?.length ?? 0) + 5 <= width;
      const indent = ' '.repeat(column);
      if (note === undefined) lines.push(label('Next') + command);
      else if (room) lines.push(`${label('Next')}${command}${dim(`   (${note})`)}`);
      else lines.push(label('Next') + command, dim(wrap(`(${note})`, width, indent)));
    },
  };
}
