import { leadAddressColumns } from './column-names.js';
import { ColumnsError, namedByUser, planColumns, requireColumn, requireEmail } from './columns.js';
import type { TextSource } from './decode.js';
import type { Shape } from './format.js';
import { describeInput, guesses, type IntakeOptions, type Prepared } from './input-plan.js';
import { JsonRows } from './json-rows.js';
import { lookAhead } from './look-ahead.js';
import { quoteList } from './quote.js';
import { readJson } from './read-json.js';
import { readNdjson } from './read-ndjson.js';
import { refuseAllOptedOut } from './stop-signs/all-opted-out.js';
import { findWrappedList } from './wrapped-list.js';

/** Prepares a JSON text: an array, an object with a list, objects or lines. Its plan() throws a {@link UsageError} when it cannot be used. */
export async function prepareJson(
  name: string,
  place: number,
  text: TextSource,
  shape: Exclude<Shape, 'csv' | 'empty'>,
  options: IntakeOptions,
): Promise<Prepared> {
  const isLead = (keys: readonly string[]) => planColumns(name, keys, options, false).byMeaning.has('email');
  const list = shape === 'array' ? undefined : findWrappedList(name, text.head, isLead);
  const leads = list === undefined ? shape : { list };
  const format = leads === 'ndjson' ? 'ndjson' : 'json';
  const rows = new JsonRows(name, place, format, options);
  await lookAhead(name, text.head, leads, rows);
  return {
    batches: leads === 'ndjson' ? readNdjson(name, text.pieces(), rows) : readJson(name, text.pieces(), leads, rows),
    passedOver: () => ({ belowTable: 0, furtherContacts: rows.furtherContacts }),
    plan: () => {
      const { columns, plan } = rows;
      if (rows.objects > 0) {
        for (const column of namedByUser(options)) requireColumn(name, columns, column);
        if (!plan.byMeaning.has('email')) checkOneAddress(name, columns, rows.sample);
        requireEmail(name, columns, plan.byMeaning);
        if (!options.trusted) refuseAllOptedOut(name, plan.signs, rows.sample);
      }
      const where = list === undefined ? [] : [`the leads are the list in "${list}"`];
      const described = describeInput(name, format, text, [...columns], plan, options, rows.sample);
      return { ...described, notes: [...where, ...guesses(text), ...described.notes] };
    },
  };
}

/** Throws a {@link UsageError} that names the columns when several hold addresses and none is known to be the lead's. */
function checkOneAddress(name: string, columns: readonly string[], sample: JsonRows['sample']): void {
  const found = leadAddressColumns(columns, sample).map((index) => columns[index] ?? '');
  const [first] = found;
  if (first === undefined) return;
  throw new ColumnsError(
    columns,
    `${name}: which column is the lead's e-mail address? Addresses are in ${quoteList(found)}`,
    `Say which: --map email="${first}"`,
  );
}
