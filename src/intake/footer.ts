import { holdsAddress } from './email-column.js';
import type { IntakeRow } from './rows.js';

/** What reports write below their rows. */
const FOOTER_WORDS =
  /^["'(]?(?:(?:grand |sub)?-?totals?\b|gesamt|summe\b|sum\b|suma\b|somme\b|totale?\b|count\b|average\b|copyright|©|\(c\)|confidential|generated|exported|export\b|created by|printed|report\b|as of\b|end of|page \d|source:|filter(?:ed|s)?\b|note:|erstellt|vertraulich|seite \d|---|\*\*\*|\d+ (?:rows?|records?|leads?|contacts?|results?|total)\b)/i;

/** So many lines may a footer have; more are rows without an address. */
const MOST_LINES = 50;

interface Held {
  cells: readonly string[];
  row: IntakeRow;
}

/**
 * Tells what a report wrote below its last lead from rows that are wrong: lines without any address that are shorter
 * than the header, or begin like a total or a copyright. They are held back until a lead follows them, which makes them
 * rows after all, or the input ends.
 */
export class Footer {
  /** The lines that were passed over, known when the input has ended. */
  lines = 0;
  private held: Held[] = [];
  private seen = 0;

  constructor(
    private readonly email: readonly number[],
    private readonly required: number,
  ) {}

  /** Adds a row to `rows`, with those that were held back before it, or holds it back. */
  take(cells: readonly string[], row: IntakeRow, rows: IntakeRow[]): void {
    if (this.seen > 0 && this.held.length < MOST_LINES && this.mayBeFooter(cells, row)) {
      this.held.push({ cells, row });
      return;
    }
    if (row.kind === 'lead') this.seen++;
    this.release(rows);
    rows.push(row);
  }

  /** The input ended. What is held back is a footer from its first line that looks like one. */
  end(rows: IntakeRow[]): void {
    const worded = this.held.some(({ cells }) => cells.some(isFooterText));
    const begins = this.held.findIndex((held) => this.isFooter(held.cells, worded));
    const last = begins < 0 ? this.held : this.held.slice(0, begins);
    rows.push(...last.map(({ row }) => row));
    this.lines = this.held.length - last.length;
    this.held = [];
  }

  /** The input broke off: nobody knows what would have followed. */
  release(rows: IntakeRow[]): void {
    if (this.held.length === 0) return;
    rows.push(...this.held.map(({ row }) => row));
    this.held = [];
  }

  private mayBeFooter(cells: readonly string[], row: IntakeRow): boolean {
    // A lead with an address, which nearly all rows are, is told at once.
    if (row.kind === 'lead' && row.lead.email.includes('@')) return false;
    if (cells.some(holdsAddress)) return false;
    return cells.length < this.required || filled(cells) <= 2 || cells.some(isFooterText);
  }

  private isFooter(cells: readonly string[], worded: boolean): boolean {
    if (isFooterText(cells.find((cell) => cell.trim() !== '') ?? '')) return true;
    // Where an address is expected, a word is a wrong address, which has to be told.
    const wrong = this.email.some((index) => (cells[index]?.trim() ?? '') !== '');
    if (wrong) return worded && filled(cells) === 1;
    return worded ? filled(cells) <= 2 : cells.length < this.required && filled(cells) === 1 && this.required > 2;
  }
}

function isFooterText(cell: string): boolean {
  return FOOTER_WORDS.test(cell.trim());
}

function filled(cells: readonly string[]): number {
  return cells.filter((cell) => cell.trim() !== '').length;
}
