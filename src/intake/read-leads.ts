import type { Readable } from 'node:stream';
import { UsageError } from '../errors.js';
import { openBytes } from './byte-source.js';
import { decode, type TextSource, unpack } from './decode.js';
import { findShape } from './format.js';
import { InputBroken } from './input-broken.js';
import type { InputPlan, IntakeOptions, Prepared } from './input-plan.js';
import type { PassedOver } from './passed-over.js';
import { prepareJson } from './prepare-json.js';
import { prepareCsv, prepareSheet } from './prepare-table.js';
import type { IntakeRow } from './rows.js';
import { sniffText } from './sniff.js';
import { sourceFailure } from './source-failure.js';
import { UnusableInputs } from './unusable-inputs.js';

export type { MappableField } from './aliases.js';
export { ColumnsError } from './columns.js';
export type { InputPlan, IntakeOptions } from './input-plan.js';
export type { LeadRow, RawRow, RejectedRow } from './rows.js';
export { InputBroken };

export interface OpenInput {
  plan: InputPlan;
  /**
   * The rows in order, in batches of about 1,000; to be read once. Throws {@link InputBroken} after the rows before the
   * damage. Blank rows are passed over.
   */
  rows(): AsyncIterable<IntakeRow[]>;
  /** What was no row; known after the last row. */
  passedOver(): PassedOver;
  /** Lets go of the input; reading it to its end does so too. */
  close(): Promise<void>;
}

/**
 * Opens and checks all inputs ('-' is `stdin`) before the first is used: each is read up to its first rows. What cannot
 * be used at all (missing, empty, no e-mail column, broken before its first row) is a {@link UsageError}.
 */
export async function openInputs(names: string[], options: IntakeOptions, stdin: Readable): Promise<OpenInput[]> {
  if (names.filter((name) => name === '-').length > 1) {
    throw new UsageError('stdin (-) can be read only once', 'Give - once.');
  }
  const budget = { rows: options.limit ?? Number.POSITIVE_INFINITY };
  const inputs: OpenInput[] = [];
  const unusable: UsageError[] = [];
  try {
    for (const [place, name] of names.entries()) {
      try {
        inputs.push(await openInput(name, place, options, stdin, budget));
      } catch (error) {
        if (!(error instanceof UsageError)) throw error;
        unusable.push(error);
      }
    }
    const [only] = unusable;
    if (only) throw unusable.length === 1 ? only : new UnusableInputs(names.length, unusable);
  } catch (error) {
    await Promise.all(inputs.map((input) => input.close()));
    throw error;
  }
  return inputs;
}

async function openInput(
  path: string,
  place: number,
  options: IntakeOptions,
  stdin: Readable,
  budget: { rows: number },
): Promise<OpenInput> {
  const source = await openBytes(path, stdin);
  const name = options.shownAs ?? (path === '-' ? 'stdin' : path);
  try {
    const unpacked = await unpack(name, source.bytes);
    const prepared = unpacked.zip
      ? await prepareSheet(name, place, unpacked, options)
      : await prepareText(name, place, await decode(unpacked, options.encoding), options);
    const first = await firstBatch(prepared.batches);
    const plan = { ...prepared.plan(), name: options.shownAs ?? path };
    if (first.done)
      plan.notes.push(plan.format === 'csv' || plan.format === 'xlsx' ? 'a header, and no row below it' : 'no element');
    return {
      plan,
      rows: () => limited(first, prepared.batches, budget, source.close),
      passedOver: prepared.passedOver,
      close: source.close,
    };
  } catch (error) {
    await source.close();
    throw error;
  }
}

async function prepareText(name: string, place: number, text: TextSource, options: IntakeOptions): Promise<Prepared> {
  const shape = findShape(text);
  if (shape === 'empty') throw emptyInput(name, text);
  const foreign = shape === 'csv' ? sniffText(text.head.subarray(0, 8192).toString()) : undefined;
  if (foreign) throw new UsageError(`${name} is ${foreign.name}; ${foreign.next}`);
  return shape === 'csv' ? prepareCsv(name, place, text, options) : prepareJson(name, place, text, shape, options);
}

/** Nothing was read: because there is nothing, or because the source broke at once. */
function emptyInput(name: string, { failure }: TextSource): UsageError {
  if (failure === undefined) return new UsageError(`${name} is empty`);
  return new UsageError(`${name}: ${sourceFailure(failure)}; no row can be read`);
}

async function firstBatch(batches: AsyncGenerator<IntakeRow[]>): Promise<IteratorResult<IntakeRow[]>> {
  try {
    return await batches.next();
  } catch (error) {
    if (!(error instanceof InputBroken)) throw error;
    throw new UsageError(`${error.message}; not one row before it could be read`);
  }
}

async function* limited(
  first: IteratorResult<IntakeRow[]>,
  batches: AsyncGenerator<IntakeRow[]>,
  budget: { rows: number },
  close: () => Promise<void>,
): AsyncGenerator<IntakeRow[]> {
  try {
    for (let next = first; !next.done && budget.rows > 0; next = await batches.next()) {
      const rows = next.value.length > budget.rows ? next.value.slice(0, budget.rows) : next.value;
      budget.rows -= rows.length;
      yield rows;
    }
  } finally {
    await batches.return(undefined);
    await close();
  }
}
