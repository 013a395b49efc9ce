import { isRecord, toScalar } from '../exact-json.js';
import type { Meaning } from './aliases.js';
import { isPlaceholder } from './blank.js';
import { type LeadBuilder, leadBuilder } from './build-lead.js';
import type { Cell } from './cell.js';
import { type ColumnOptions, type ColumnPlan, planColumns } from './columns.js';
import { JsonColumns, type ObjectCells } from './json-columns.js';
import { addressInside, furtherPeople, textInside } from './nested.js';
import { setOwn } from './own-property.js';
import { quote, visible } from './quote.js';
import type { RowOfJson } from './read-ndjson.js';
import type { IntakeRow, RawRow } from './rows.js';

/** So many rows of a file are looked at before its columns are given a meaning. */
export const SAMPLE_ROWS = 100;

/** Fields whose object says their text by its name; the others read their cell as it is. */
const TEXTUAL: ReadonlySet<Meaning> = new Set([
  'first_name',
  'last_name',
  'full_name',
  'company',
  'persona',
  'title',
  'phone',
  'website',
  'location',
  'city',
  'state',
  'country',
  'linkedin_url',
  'company_url',
  'source',
  'lead_score',
]);

interface Current {
  plan: ColumnPlan;
  build: LeadBuilder;
  width: number;
  /** Columns that are text, whatever an object has there. */
  textual: ReadonlySet<number>;
  addresses: ReadonlySet<number>;
}

/**
 * Turns JSON values into leads or rejected rows. Objects may have different fields: the columns grow as new names
 * come, and what they mean is then worked out again. Nested fields are columns, too, by their paths (json-columns.ts).
 */
export class JsonRows implements RowOfJson<IntakeRow> {
  /** How many values were objects: without one, nothing can be said about missing columns. */
  objects = 0;
  /** How many more people the lists held of which an object's first is its lead. */
  furtherContacts = 0;
  private readonly table: JsonColumns;
  private readonly seen: Cell[][] = [];
  private sampled = 0;
  private cached: Current | undefined;

  constructor(
    private readonly file: string,
    private readonly input: number,
    private readonly format: string,
    private readonly options: ColumnOptions,
  ) {
    this.table = new JsonColumns([...Object.values(options.map), ...Object.values(options.fields)]);
  }

  get columns(): readonly string[] {
    return this.table.names;
  }

  /** The cells of the first rows, by which columns are judged. */
  get sample(): readonly (readonly Cell[])[] {
    return this.seen;
  }

  /** What the field names seen so far mean. */
  get plan(): ColumnPlan {
    return this.current().plan;
  }

  /** Takes a value of the file's beginning into the sample, before any of its rows is read. */
  look(value: unknown): void {
    if (!isRecord(value) || this.seen.length >= SAMPLE_ROWS) return;
    const cells = this.table.read(value);
    if ('fault' in cells) return;
    this.seen.push(cells.cells);
    this.sampled++;
  }

  value(value: unknown, line: number): IntakeRow {
    if (!isRecord(value)) {
      return this.unreadable(JSON.stringify(value), line, `${visible(JSON.stringify(value))} is not an object`);
    }
    this.objects++;
    const raw: RawRow = { input: this.input, object: value };
    const read = this.table.read(value);
    if ('fault' in read) return { kind: 'rejected', line, reason: read.fault, raw };
    const lead = this.leadOf(read);
    for (const index of this.current().addresses)
      this.furtherContacts += furtherPeople(value, this.columns[index] ?? '');
    return 'reason' in lead ? { kind: 'rejected', line, ...lead, raw } : { kind: 'lead', line, lead, raw };
  }

  unreadable(text: string, line: number, reason: string): IntakeRow {
    return { kind: 'rejected', line, reason, raw: { input: this.input, text } };
  }

  private leadOf(read: ObjectCells): ReturnType<LeadBuilder> {
    const { cells, objects, unlisted } = read;
    if (this.isStale()) this.remember(cells);
    const { plan, build, textual, addresses } = this.current();
    const kept: [string, Cell][] = [];
    for (const [root, name, cell] of unlisted) if (this.table.isTakenApart(root)) kept.push([name, cell]);
    for (const [index, object] of objects) {
      if (addresses.has(index)) cells[index] = addressInside(object);
      if (!textual.has(index)) continue;
      cells[index] = textInside(object);
      if (cells[index] === undefined && !this.table.isTakenApart(index)) {
        kept.push([this.columns[index] ?? '', toScalar(object)]);
      }
    }
    const reason = this.twinsOf(cells, plan);
    const lead = reason === undefined ? build(cells) : { reason };
    if ('reason' in lead) return lead;
    for (const [name, cell] of kept) {
      if (cell === undefined || (typeof cell === 'string' && isPlaceholder(cell))) continue;
      if (plan.keepsCustom(name)) setOwn(lead.custom_fields, name, cell);
    }
    return lead;
  }

  /** A row with a name that is new joins the sample of a file; without one, as with posts, it is the sample. */
  private remember(cells: readonly Cell[]): void {
    if (this.sampled === 0) this.seen.length = 0;
    else if (this.cached === undefined) return; // The first row was looked at before.
    this.seen[Math.min(this.seen.length, SAMPLE_ROWS - 1)] = [...cells];
  }

  /** New names came; or these are posts, and those before did not show which of their fields is the address. */
  private isStale(): boolean {
    if (this.cached?.width !== this.columns.length) return true;
    return this.sampled === 0 && !this.cached.plan.byMeaning.has('email');
  }

  private current(): Current {
    if (this.cached === undefined || this.isStale()) {
      const found = planColumns(this.file, this.columns, this.options, false, this.seen);
      const plan = this.table.withoutRepeats(found);
      const source = this.options.source ?? plan.known?.name ?? this.format;
      const build = leadBuilder(plan, source, this.options.source !== undefined);
      const textual = new Set([...plan.byMeaning].flatMap(([meaning, of]) => (TEXTUAL.has(meaning) ? of : [])));
      const addresses = new Set(plan.byMeaning.get('email'));
      this.cached = { plan, build, width: this.columns.length, textual, addresses };
    }
    return this.cached;
  }

  private twinsOf(cells: readonly Cell[], { twins, byMeaning }: ColumnPlan): string | undefined {
    for (const [first, second] of twins) {
      const [a, b] = [cells[first], cells[second]];
      if (a === undefined || b === undefined || a === b) continue;
      const meaning: Meaning | undefined = [...byMeaning].find(([, columns]) => columns.includes(first))?.[0];
      return `${quote(this.columns[first] ?? '')} and ${quote(this.columns[second] ?? '')} both mean ${meaning} and differ`;
    }
    return undefined;
  }
}
