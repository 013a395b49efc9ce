import type { Cell } from './cell.js';

/** A cell as text: trimmed, '' where there is none. */
export function textOf(cell: Cell): string {
  return typeof cell === 'string' ? cell.trim() : cell === undefined ? '' : String(cell);
}
