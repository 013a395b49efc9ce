import { SaxesParser } from 'saxes';

/** A row of a sheet; `line` is its number there. */
export interface SheetRow {
  line: number;
  cells: string[];
}

/** Excel's own limit. */
const MAX_COLUMNS = 16_384;
const DAY_MS = 86_400_000;

/** Reads the rows of a sheet's XML: feed `parser`, and take from `done`. */
export class SheetRows {
  readonly parser = new SaxesParser();
  readonly done: SheetRow[] = [];
  private line = 0;
  private cells: string[] = [];
  private column = -1;
  private type = 'n';
  private style = 0;
  private text = '';
  /** The cell's formula; it is read only where no program has stored what it comes to. */
  private formula = '';
  private reading: 'text' | 'formula' | undefined;
  private phonetic = false;

  constructor(
    private readonly strings: readonly string[],
    private readonly dates: readonly boolean[],
    private readonly since1904: boolean,
  ) {
    this.parser.on('opentag', ({ name, attributes }) => this.open(local(name), attributes));
    this.parser.on('text', (text) => this.take(text));
    this.parser.on('cdata', (text) => this.take(text));
    this.parser.on('closetag', ({ name }) => this.shut(local(name)));
  }

  private take(text: string): void {
    if (this.reading !== undefined) this[this.reading] += text;
  }

  private open(tag: string, attributes: Readonly<Record<string, unknown>>): void {
    if (tag === 'row') {
      const line = Number(attributes.r);
      this.line = Number.isSafeInteger(line) && line > this.line ? line : this.line + 1;
      this.cells = [];
      this.column = -1;
    } else if (tag === 'c') {
      this.column = columnOf(String(attributes.r ?? '')) ?? this.column + 1;
      this.type = String(attributes.t ?? 'n');
      this.style = Number(attributes.s ?? 0);
      this.text = '';
      this.formula = '';
    } else if (tag === 'v' || tag === 't') this.reading = this.phonetic ? undefined : 'text';
    else if (tag === 'f') this.reading = 'formula';
    else if (tag === 'rPh') this.phonetic = true;
  }

  private shut(tag: string): void {
    if (tag === 'v' || tag === 't' || tag === 'f') this.reading = undefined;
    else if (tag === 'rPh') this.phonetic = false;
    else if (tag === 'c') this.put();
    else if (tag === 'row') this.done.push({ line: this.line, cells: this.cells });
  }

  private put(): void {
    if (this.column >= MAX_COLUMNS) return;
    const value = this.value();
    if (value === '') return;
    while (this.cells.length < this.column) this.cells.push('');
    this.cells[this.column] = value;
  }

  private value(): string {
    // a formula that came to an empty text is of the type str
    if (this.text === '') return this.formula === '' || this.type === 'str' ? '' : `=${this.formula}`;
    if (this.type === 's') return unescaped(this.strings[Number(this.text)] ?? '');
    if (this.type === 'b') return this.text === '1' ? 'TRUE' : 'FALSE';
    if (this.type === 'd') return this.text.replace(/T00:00:00(?:\.0+)?Z?$/, '');
    if (this.type !== 'n') return unescaped(this.text);
    const number = Number(this.text);
    if (!Number.isFinite(number)) return this.text;
    return this.dates[this.style] ? isoDate(number, this.since1904) : plainNumber(number);
  }
}

/** `AB12` is column 27, counted from 0. */
function columnOf(reference: string): number | undefined {
  const letters = /^[A-Z]{1,3}/.exec(reference)?.[0];
  if (letters === undefined) return undefined;
  let column = 0;
  for (const letter of letters) column = column * 26 + letter.charCodeAt(0) - 64;
  return column - 1;
}

/** A number as Excel knows it, with 15 digits and never with an exponent when it is whole. */
function plainNumber(number: number): string {
  if (Number.isInteger(number)) return BigInt(number).toString();
  return String(Number(number.toPrecision(15)));
}

/** A day number as ISO: a date, a time of day when there is no date, else both. */
function isoDate(number: number, since1904: boolean): string {
  // Excel believes that 1900 was a leap year: its days before March of that year are one too high.
  const days = since1904 ? number + 1462 : number < 61 ? number + 1 : number;
  const time = new Date(Date.UTC(1899, 11, 30) + Math.round((days * DAY_MS) / 1000) * 1000);
  if (number < 0 || Number.isNaN(time.getTime()) || time.getUTCFullYear() > 9999) return plainNumber(number);
  const text = time.toISOString().slice(0, 19);
  if (number < 1) return text.slice(11);
  return Number.isInteger(number) ? text.slice(0, 10) : text;
}

/** Characters that XML cannot hold are written `_x000D_`. */
function unescaped(text: string): string {
  return text.includes('_x')
    ? text.replace(/_x([0-9A-Fa-f]{4})_/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
    : text;
}

function local(name: string): string {
  return name.slice(name.indexOf(':') + 1);
}
