import { type Column, plainText, type Row } from '../table/rows.js';
import { printable } from '../text/wording.js';
import { clip, displayWidth } from './display-width.js';
import type { Terminal } from './terminal.js';

/** How far columns are narrowed, one step after the other, before a table is no longer one. */
const NARROWER = [
  { kind: 'text', to: 16 },
  { kind: 'address', to: 32 },
  { kind: 'text', to: 8 },
  { kind: 'address', to: 18 },
] as const;
/** Where a row is a block, free text takes so many lines at most. */
const LINES_IN_BLOCK = 3;
const GAP = '  ';

/** A value on one line of a screen. */
function cell(value: Row[string] | undefined): string {
  return printable(plainText(value)).replace(/[\t\n]/g, (sign) => (sign === '\t' ? '␉' : '␊'));
}

/** The widths that make columns fit, by taking from the widest; undefined where they cannot. */
export function fitWidths(columns: readonly Column[], natural: readonly number[], width: number): number[] | undefined {
  const room = width - GAP.length * (columns.length - 1);
  const widths = [...natural];
  let over = widths.reduce((sum, one) => sum + one, 0) - room;
  for (const { kind, to } of NARROWER) {
    const open = columns.flatMap((column, index) => ((column.kind ?? 'text') === kind ? [index] : []));
    while (over > 0) {
      const shrinkable = open.filter((index) => (widths[index] ?? 0) > to);
      const [widest] = shrinkable.sort((a, b) => (widths[b] ?? 0) - (widths[a] ?? 0));
      if (widest === undefined) break;
      widths[widest] = (widths[widest] ?? 0) - 1;
      over--;
    }
  }
  return over > 0 ? undefined : widths;
}

/**
 * Lays rows out as a table, a part at a time: columns only ever become wider. On a terminal a table fits it, and where
 * it cannot, each row is a block of `heading  value` lines. Elsewhere nothing is ever cut.
 */
export function tableWriter(columns: readonly Column[], terminal: Pick<Terminal, 'width' | 'colors'>) {
  const { width, colors } = terminal;
  const natural = columns.map(({ heading }) => displayWidth(heading));
  let begun = false;
  let asBlocks = false;

  const line = (cells: readonly string[], widths: readonly number[]) => {
    const padded = cells.map((text, index) => {
      const shown = width === undefined ? text : clip(text, widths[index] ?? 0);
      return shown + ' '.repeat(Math.max(0, (widths[index] ?? 0) - displayWidth(shown)));
    });
    return padded.join(GAP).trimEnd();
  };
  const label = Math.max(...natural);
  const block = (cells: readonly string[]) =>
    columns.flatMap(({ heading, kind = 'text' }, index) => {
      const room = (width ?? 0) * LINES_IN_BLOCK - label - GAP.length;
      const value = kind === 'text' ? clip(cells[index] ?? '', room) : cells[index];
      const padding = ' '.repeat(label - displayWidth(heading));
      return value ? [`${colors.bold(heading)}${padding}${GAP}${value}`] : [];
    });

  return (rows: readonly Row[]): string => {
    const texts = rows.map((row) => columns.map(({ name }) => cell(row[name])));
    for (const [index] of columns.entries()) {
      for (const cells of texts) {
        // The beginning of a long text is enough to know that it is wider than the screen.
        const beginning = (cells[index] ?? '').slice(0, width === undefined ? undefined : width * 8);
        natural[index] = Math.max(natural[index] ?? 0, displayWidth(beginning));
      }
    }
    const widths = width === undefined ? natural : fitWidths(columns, natural, width);
    // A list that has begun as blocks goes on as blocks.
    if (widths === undefined) asBlocks = true;
    const lines: string[] = [];
    if (asBlocks || widths === undefined) {
      for (const cells of texts) {
        if (begun || lines.length > 0) lines.push('');
        lines.push(...block(cells));
      }
    } else {
      if (!begun)
        lines.push(
          colors.bold(
            line(
              columns.map(({ heading }) => heading),
              widths,
            ),
          ),
        );
      lines.push(...texts.map((cells) => line(cells, widths)));
    }
    begun = true;
    return lines.length > 0 ? `${lines.join('\n')}\n` : '';
  };
}
