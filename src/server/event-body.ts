/** The body of an event: JSON, or a form that a forwarder made of it. */
import { parseJson, refuseManyFields } from './json-body.js';
import { ApiError } from './replies.js';

/** More fields are no event. */
const MOST_FIELDS = 1000;
const FORM = /^application\/x-www-form-urlencoded\b/i;

/** The JSON of a body, or the fields of a form; of a field that comes several times all values. Throws an ApiError. */
export function parseEventBody(bytes: Buffer, contentType: string | undefined): unknown {
  refuseManyFields(bytes, 'events');
  const beginning = bytes.toString('latin1', 0, 100);
  if (!FORM.test(contentType ?? '') && !/^[\w.%[\]-]+=/.test(beginning)) return parseJson(bytes);
  if (/^\s*[[{"]/.test(beginning)) {
    try {
      // many senders say form to whatever they send
      return parseJson(bytes);
    } catch (error) {
      if (!isNoJson(error)) throw error;
    }
  }
  return fieldsOfForm(bytes.toString('utf8'));
}

const isNoJson = (error: unknown) => error instanceof ApiError && error.code === 'INVALID_JSON';

function fieldsOfForm(text: string): unknown {
  let ampersands = 0;
  for (let at = text.indexOf('&'); at !== -1; at = text.indexOf('&', at + 1)) {
    if (++ampersands >= MOST_FIELDS) {
      throw new ApiError(400, 'INVALID_EVENT', `A form may have ${MOST_FIELDS.toLocaleString('en')} fields.`);
    }
  }
  const fields = new Map<string, string[]>();
  for (const [name, value] of new URLSearchParams(text)) fields.set(name, [...(fields.get(name) ?? []), value]);
  const [first, ...others] = fields;
  if (!first) throw new ApiError(400, 'INVALID_EVENT', 'The body is empty.');
  // JSON sent as a form without a name
  const [name, values] = first;
  if (others.length === 0 && values.join('') === '' && /^\s*[[{]/.test(name)) return parseJson(Buffer.from(name));
  return Object.fromEntries([...fields].map(([key, all]) => [key, all.length === 1 ? all[0] : all]));
}
