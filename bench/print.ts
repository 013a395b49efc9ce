import type { Figure, Spread } from './figures.js';

const digits = (n: number) => n.toFixed(2);
const ratioText = (ratio: Spread | undefined) =>
  ratio === undefined ? '' : `${digits(ratio.median)} (${digits(ratio.least)}–${digits(ratio.most)})`;

function goalText({ goal, also }: Figure): string {
  const parts = goal === undefined ? [] : ['atLeast' in goal ? `≥ ${goal.atLeast}` : `≤ ${goal.atMost}`];
  if (also) parts.push(also.what);
  return parts.join(', ');
}

/** Prints the figures as a Markdown table, so that docs/performance.md can hold it as it is. */
export function printFigures(figures: ReadonlyArray<Figure & { met: boolean | undefined }>, smoke: boolean): void {
  const verdict = (met: boolean | undefined) => (met === undefined ? '' : smoke ? 'smoke' : met ? 'met' : 'missed');
  const rows = figures.map((figure) => [
    figure.what,
    figure.measured,
    figure.baseline,
    ratioText(figure.ratio),
    goalText(figure),
    verdict(figure.met),
  ]);
  const all = [['what', 'measured', 'baseline', 'median (least–most)', 'goal', ''], ...rows];
  const widths = [0, 1, 2, 3, 4, 5].map((column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]) => `| ${row.map((cell, n) => cell.padEnd(widths[n] ?? 0)).join(' | ')} |\n`;
  const [head = [], ...body] = all;
  const rule = `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|\n`;
  process.stdout.write(line(head) + rule + body.map(line).join(''));
}
