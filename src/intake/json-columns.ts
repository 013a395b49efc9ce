import { toScalar } from '../exact-json.js';
import type { Cell } from './cell.js';
import type { ColumnPlan } from './columns.js';
import { isOwnText, isPath, type Leaf, leavesOf, valueAt } from './nested.js';
import { quote } from './quote.js';

/** A file whose objects have more different field names than this is no list of leads. */
const MAX_COLUMNS = 2000;
/** Beyond so many nested fields further ones get no column of their own: keys that are data would have no end. */
const MAX_NESTED = 500;
/** NUL, what could not be decoded, and halves of characters, which a database would store as U+FFFD. */
const ODD = /[\0\uFFFD\p{Cs}]/u;

/** An object as cells in the order of the columns. */
export interface ObjectCells {
  cells: Cell[];
  /** The fields that are objects or lists, by column. */
  objects: [index: number, value: unknown][];
  /** Nested fields that have no column, with that of the object they are in. */
  unlisted: [root: number, ...leaf: Leaf][];
}

/**
 * The columns of a file of objects: its fields by name, and the scalars inside nested ones by path (`organization.name`,
 * `emails[0].email`), so that both are looked up, sampled and mapped in the same way. An object is sent as the JSON text
 * of its own column, or, once one of its inner fields has a meaning, as its inner fields: never as both.
 */
export class JsonColumns {
  readonly names: string[] = [];
  private readonly places = new Map<string, number>();
  private readonly leaves = new Map<number, number[]>();
  private readonly mapped: readonly string[];
  private readonly apart = new Set<number>();
  private nested = 0;

  /** `named`: the columns that the user named, of which paths are looked for. */
  constructor(named: readonly (string | undefined)[]) {
    this.mapped = named.flatMap((name) => (name !== undefined && isPath(name) ? [name] : []));
  }

  /** Reads an object, with new columns for new names; `fault` says what makes it unusable. */
  read(object: Record<string, unknown>): ObjectCells | { fault: string } {
    const row: ObjectCells = { cells: [], objects: [], unlisted: [] };
    for (const [name, value] of Object.entries(object)) {
      const cell = toScalar(value);
      const place = this.place(name, cell);
      if (typeof place === 'string') return { fault: place };
      row.cells[place] = cell;
      if (typeof value === 'object' && value !== null) row.objects.push([place, value]);
    }
    for (const [root, value] of row.objects) {
      const fault = this.readNested(row, root, value);
      if (fault !== undefined) return { fault };
    }
    for (const path of this.mapped) {
      const known = this.places.get(path);
      if (known !== undefined && row.cells[known] !== undefined) continue;
      const cell = toScalar(valueAt(object, path));
      const place = cell === undefined ? undefined : this.place(path, cell);
      if (typeof place === 'string') return { fault: place };
      if (place === undefined) continue;
      row.cells[place] = cell;
      const root = this.places.get(/^[^.[]*/.exec(path)?.[0] ?? '');
      if (root !== undefined && root !== place) this.addLeaf(root, place);
    }
    return row;
  }

  /** Whether what is inside the object of a column is sent field by field. */
  isTakenApart(root: number): boolean {
    return this.apart.has(root);
  }

  /** The plan without what would be sent twice: an object's JSON text, or its inner fields. */
  withoutRepeats(plan: ColumnPlan): ColumnPlan {
    const custom = new Map(plan.custom.map((column) => [column.index, column]));
    const ignored = new Set(plan.ignored);
    const isUsed = (index: number) =>
      (!custom.has(index) || custom.get(index)?.spareFor !== undefined) && !ignored.has(this.names[index] ?? '');
    const repeats = new Set<number>();
    this.apart.clear();
    for (const [root, leaves] of this.leaves) {
      const name = this.names[root] ?? '';
      const isText = (leaf: number) => isUsed(root) && isOwnText(this.names[leaf] ?? '', name);
      if (!leaves.some((leaf) => isUsed(leaf) || isText(leaf))) {
        for (const leaf of leaves) repeats.add(leaf);
        continue;
      }
      this.apart.add(root);
      // A list of texts is not taken apart, only read at a place that was mapped.
      if (leaves.some((leaf) => !/^\[\d+\]$/.test((this.names[leaf] ?? '').slice(name.length)))) repeats.add(root);
      for (const leaf of leaves) if (isText(leaf)) repeats.add(leaf);
    }
    return { ...plan, custom: plan.custom.filter(({ index }) => !repeats.has(index)) };
  }

  private readNested(row: ObjectCells, root: number, value: unknown): string | undefined {
    for (const [path, scalar] of leavesOf(this.names[root] ?? '', value)) {
      let place = this.places.get(path);
      if (typeof scalar === 'string' && ODD.test(scalar))
        return `${oddity(scalar)} in ${quote(path)}: ${quote(scalar)}`;
      if (place === undefined && this.nested < MAX_NESTED && this.names.length < MAX_COLUMNS) {
        const made = this.place(path, scalar);
        if (typeof made === 'string') return made;
        place = made;
        this.nested++;
        this.addLeaf(root, place);
      }
      if (place === undefined) row.unlisted.push([root, path, scalar]);
      else row.cells[place] ??= scalar;
    }
    return undefined;
  }

  private addLeaf(root: number, leaf: number): void {
    const leaves = this.leaves.get(root) ?? [];
    if (!leaves.includes(leaf)) this.leaves.set(root, [...leaves, leaf]);
  }

  private place(name: string, cell: Cell): number | string {
    if (typeof cell === 'string' && ODD.test(cell)) return `${oddity(cell)} in ${quote(name)}: ${quote(cell)}`;
    const known = this.places.get(name);
    if (known !== undefined) return known;
    if (ODD.test(name)) return `${oddity(name)} in the field name ${quote(name)}`;
    if (this.names.length >= MAX_COLUMNS) return `more than ${MAX_COLUMNS} different field names in this file`;
    const place = this.names.push(name) - 1;
    this.places.set(name, place);
    return place;
  }
}

function oddity(text: string): string {
  return text.includes('\0') ? 'a NUL character' : 'not valid UTF-8';
}
