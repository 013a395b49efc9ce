/** What a user says about reading an input, and what was found out about one before its rows are used. */
import type { MappableField, Meaning } from './aliases.js';
import type { Cell } from './cell.js';
import type { ColumnOptions, ColumnPlan } from './columns.js';
import type { TextSource } from './decode.js';
import type { PassedOver } from './passed-over.js';
import type { IntakeRow } from './rows.js';
import { sampleNotes } from './sample-notes.js';
import type { SignFields } from './stop-signs/sign-fields.js';
import { countStops, type StopCount } from './stop-signs/stop-counts.js';

export interface IntakeOptions {
  /** `--map field="Column"`: wins over `fields`. A column that an input lacks is a UsageError. */
  map: Partial<Record<MappableField, string>>;
  /** The rules file's `fields:`. A column that an input lacks is passed over. */
  fields: Partial<Record<MappableField, string>>;
  /** The columns that `--map` and the rules file's `fields:` name as stop signs. */
  signs?: { map: SignFields; fields: SignFields };
  /** Flags that say yes in every row are believed. */
  trusted?: boolean;
  /** What unknown columns become; names are matched like headers. */
  customFields: 'all' | 'none' | string[];
  /** Forced by the user: one character, or the name of one. */
  delimiter?: string;
  /** The sheet of a workbook; else its first. */
  sheet?: string;
  /** A list of domains will do, too, as one of whom not to mail may be. */
  domains?: boolean;
  encoding?: string;
  /** The leads' source field, whatever the input says. */
  source?: string;
  /** What the one input is called where its path says nothing, as that of an uploaded file. */
  shownAs?: string;
  /** At most this many rows over all inputs, rejected ones included. */
  limit?: number;
}

/** What was found out about an input before any of its rows is used. */
export interface InputPlan {
  name: string;
  format: 'csv' | 'xlsx' | 'json' | 'ndjson';
  compressed: boolean;
  encoding: string;
  delimiter?: string;
  sheet?: string;
  /** The known export that the columns tell. */
  source?: string;
  /** The columns of each field, the one with precedence first. */
  mapping: { field: Meaning; column: string }[];
  customFields: string[];
  ignored: string[];
  /** The columns that can stop somebody, with what the first rows say in them. */
  stops: StopCount[];
  /** The columns as the input names them; for JSON those of the first rows. */
  columns: string[];
  notes: string[];
}

/** An input whose form is known. */
export interface Prepared {
  batches: AsyncGenerator<IntakeRow[]>;
  /** To be called after the first batch was read. */
  plan(): InputPlan;
  /** See {@link OpenInput}. */
  passedOver(): PassedOver;
}

/** The plan of an input whose columns mean `plan`; `sample` are rows in the order of `columns`. */
export function describeInput(
  name: string,
  format: InputPlan['format'],
  text: Pick<TextSource, 'compressed' | 'encoding'>,
  columns: readonly string[],
  plan: ColumnPlan,
  options: ColumnOptions,
  sample: readonly (readonly Cell[])[],
): InputPlan {
  const mapping: InputPlan['mapping'] = [];
  for (const [field, places] of plan.byMeaning) {
    for (const index of places) mapping.push({ field, column: columns[index] ?? '' });
  }
  // Said here, because a lead without a persona column gets its title for one.
  const title = plan.byMeaning.get('title')?.[0];
  if (title !== undefined && !plan.byMeaning.has('persona')) {
    mapping.push({ field: 'persona', column: columns[title] ?? '' });
  }
  const known = options.source ?? plan.known?.name;
  return {
    name,
    format,
    compressed: text.compressed,
    encoding: text.encoding,
    ...(known === undefined ? {} : { source: known }),
    mapping,
    customFields: plan.custom.map(({ key }) => key),
    ignored: [...plan.ignored],
    columns: [...columns],
    stops: countStops(plan.signs, sample),
    notes: sampleNotes(plan, sample),
  };
}

/** What a reader should know of an encoding that was guessed. */
export function guesses(text: TextSource): string[] {
  if (!text.guessed || text.encoding === 'utf-8') return [];
  return [`read as ${text.encoding}, since it is not UTF-8; --encoding sets another`];
}
