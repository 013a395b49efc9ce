import type { InputPlan } from '../../intake/read-leads.js';
import { ALL_FIELDS } from '../../pipeline/lead-files.js';
import { describeStop, formOfFile } from '../../pipeline/plan-words.js';
import type { RunSummary } from '../../pipeline/summary.js';
import { counted, number, printable } from '../../text/wording.js';
import { type AdminContext, at } from '../desk.js';
import { NumberHead, Text, Token } from '../layout.js';
import { Fact } from '../sums.js';
import { PREVIEW_ROWS, type PreviewRow } from './preview.js';
import type { Upload } from './uploads.js';

function Names({ names }: { names: readonly string[] }) {
  if (names.length === 0) return <span class="none">none</span>;
  return (
    <>
      {names.map((name, index) => (
        <>
          {index === 0 ? '' : ', '}
          <Text>{name}</Text>
        </>
      ))}
    </>
  );
}

/** What was found out about a file. `passedOver`: what its first rows held besides. */
export function Recognised({ plan, passedOver }: { plan: InputPlan; passedOver: string[] }) {
  const notes = [...plan.notes, ...passedOver];
  return (
    <section>
      <h2>What was recognised</h2>
      <dl class="facts">
        <Fact name="File">
          <Text>{formOfFile(plan)}</Text>
        </Fact>
        <Fact name="Stops">
          <Names names={plan.stops.map(describeStop)} />
        </Fact>
        <Fact name="Custom fields">
          <Names names={plan.customFields} />
        </Fact>
        <Fact name="Not used">
          <Names names={plan.ignored} />
        </Fact>
      </dl>
      {notes.map((note) => (
        <p class="notice warn">
          <Text>{note}</Text>
        </p>
      ))}
      <table>
        <thead>
          <tr>
            <th scope="col">Field</th>
            <th scope="col">Column of the file</th>
          </tr>
        </thead>
        <tbody>
          {plan.mapping.map(({ field, column }) => (
            <tr>
              <td>{field}</td>
              <td>
                <Text>{column}</Text>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

const DELIMITERS: ReadonlyArray<readonly [string, string]> = [
  ['', 'found by itself'],
  [',', 'comma'],
  [';', 'semicolon'],
  ['tab', 'tab'],
  ['|', 'pipe'],
];
const ENCODINGS = ['utf-8', 'windows-1252', 'utf-16le', 'windows-1250', 'windows-1251', 'shift_jis', 'gb18030'];

/** The form that says which column is which field, and how the file is to be read. */
export function ReadingForm(props: {
  c: AdminContext;
  upload: Upload;
  columns: readonly string[];
  plan: InputPlan | undefined;
  open: boolean;
}) {
  const { c, upload, plan } = props;
  const { reading } = upload;
  const columns = [...new Set(props.columns.filter((column) => column.trim() !== ''))];
  const chosen = new Map(
    reading.map.map((entry) => [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)]),
  );
  const found = new Map((plan?.mapping ?? []).toReversed().map(({ field, column }) => [String(field), column]));
  return (
    <section>
      <details open={props.open}>
        <summary>Correct how the file is read</summary>
        <form method="post" action={at(c.get('config'), `upload/${upload.id}/reading`)}>
          <Token c={c} />
          {columns.length === 0 ? null : <h3>Which column is which field</h3>}
          <div class="filters">
            {columns.length === 0
              ? null
              : ALL_FIELDS.map((field) => (
                  <label>
                    {field}
                    <select name={`field.${field}`}>
                      <option value="">
                        {found.has(field) && !chosen.has(field)
                          ? `by itself: ${printable(found.get(field) ?? '')}`
                          : 'by itself'}
                      </option>
                      {columns.map((column) => (
                        <option value={column} selected={chosen.get(field) === column.trim()}>
                          {printable(column)}
                        </option>
                      ))}
                    </select>
                  </label>
                ))}
          </div>
          <h3>The file</h3>
          <div class="filters">
            <label>
              Delimiter
              <select name="delimiter">
                {DELIMITERS.map(([value, name]) => (
                  <option value={value} selected={(reading.delimiter ?? '') === value}>
                    {name}
                  </option>
                ))}
              </select>
            </label>
            <label>
              Encoding
              <input name="encoding" list="encodings" value={reading.encoding ?? ''} placeholder="found by itself" />
              <datalist id="encodings">
                {ENCODINGS.map((encoding) => (
                  <option value={encoding}></option>
                ))}
              </datalist>
            </label>
            <label>
              Sheet of a workbook
              <input name="sheet" value={reading.sheet ?? ''} placeholder={plan?.sheet ?? 'the first'} />
            </label>
            <label>
              Source
              <input
                name="source"
                value={reading.source ?? ''}
                maxlength={100}
                placeholder={plan?.source ?? 'as the file says'}
              />
            </label>
          </div>
          <div class="actions">
            <button type="submit">Read it so</button>
          </div>
        </form>
      </details>
    </section>
  );
}

const COLORS: Record<string, string> = { GREEN: 'green', YELLOW: 'yellow', RED: 'red' };

/** What would become of the first rows. */
export function Preview({ rows, summary }: { rows: readonly PreviewRow[]; summary: RunSummary }) {
  return (
    <section>
      <h2>What would become of the first rows</h2>
      <p>
        {summary.rows < PREVIEW_ROWS
          ? `All ${counted(summary.rows, 'row')} of the file`
          : `The first ${number(PREVIEW_ROWS)} rows`}
        , by today's rules. Nothing is stored or sent.
      </p>
      {rows.length === 0 ? (
        <p class="none">There is no row to decide about.</p>
      ) : (
        <table class="wide">
          <thead>
            <tr>
              <NumberHead>Line</NumberHead>
              <th scope="col">Address</th>
              <th scope="col">Health</th>
              <th scope="col">Decision</th>
              <th scope="col">Why</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr>
                <td class="number">{number(row.line)}</td>
                <td>
                  <Text>{row.email}</Text>
                </td>
                <td>{row.health === undefined ? '' : <span class={`tag ${COLORS[row.health]}`}>{row.health}</span>}</td>
                <td>
                  <Text>{row.decision}</Text>
                </td>
                <td class="words">
                  <Text>{row.reason}</Text>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

/** The form with which a file is taken in, or tried as a whole. */
export function TakeInForm({ c, upload }: { c: AdminContext; upload: Upload }) {
  return (
    <section>
      <h2>Take it in</h2>
      <form method="post" action={at(c.get('config'), `upload/${upload.id}/take-in`)}>
        <Token c={c} />
        <div class="stack">
          <label>
            Fields of leads that are known
            <select name="onExisting">
              <option value="update">update them from the file</option>
              <option value="skip">leave them as they are</option>
            </select>
          </label>
          <label class="inline">
            <input type="checkbox" name="again" value="yes" /> Add active leads to the campaign that today's rules name,
            too
          </label>
        </div>
        <div class="actions">
          <button type="submit" name="what" value="dry-run" class="quiet">
            Dry run of the whole file
          </button>
          <button type="submit" name="what" value="push">
            Take in and push
          </button>
          <button type="submit" name="what" value="review" class="quiet">
            Take in, hold for review
          </button>
        </div>
      </form>
    </section>
  );
}
