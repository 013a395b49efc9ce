import { Tokenizer, TokenType } from '@streamparser/json';
import { UsageError } from '../errors.js';
import { quote, quoteList } from './quote.js';

/** So much of a text is looked at in one step. */
const STEP_BYTES = 4096;
/** Keys that can be written as a path without quotes. */
const PLAIN = /^[A-Za-z_][\w-]*$/;

/** Notes, token by token, the keys of an object and which of its values are lists of objects. */
export class ListFinder {
  readonly keys = new Set<string>();
  /** Lists with an object for their first element, and empty ones: by path, such as `results.items`. */
  readonly lists = new Set<string>();
  readonly empty = new Set<string>();
  /** The object has ended. */
  done = false;
  private readonly open: Array<{ array: boolean; key: string }> = [];
  private lastString = '';
  private begins: string | undefined;

  see(token: TokenType, value: unknown): void {
    if (this.begins !== undefined) {
      if (token === TokenType.LEFT_BRACE) this.lists.add(this.begins);
      if (token === TokenType.RIGHT_BRACKET) this.empty.add(this.begins);
      this.begins = undefined;
    }
    const inside = this.open.at(-1);
    if (token === TokenType.STRING) this.lastString = String(value);
    else if (token === TokenType.COLON && inside) {
      inside.key = this.lastString;
      if (this.open.length === 1) this.keys.add(inside.key);
    } else if (token === TokenType.LEFT_BRACE || token === TokenType.LEFT_BRACKET) {
      const array = token === TokenType.LEFT_BRACKET;
      if (array && inside && this.open.every((one) => !one.array)) {
        this.begins = this.open.map(({ key }) => key).join('.');
      }
      this.open.push({ array, key: '' });
    } else if (token === TokenType.RIGHT_BRACE || token === TokenType.RIGHT_BRACKET) {
      this.open.pop();
      this.done = this.open.length === 0;
    }
  }

  /** The lists right inside the object. */
  get top(): string[] {
    return [...this.lists].filter((path) => this.keys.has(path));
  }
}

/**
 * The key under which a text that begins with an object has its list of leads (`{"leads": [{…}]}`); undefined where the
 * object is a lead itself. Throws a {@link UsageError} where it is neither: several lists, or one deeper inside.
 */
export function findWrappedList(
  file: string,
  head: Buffer,
  isLead: (keys: readonly string[]) => boolean,
): string | undefined {
  const finder = new ListFinder();
  const tokenizer = new Tokenizer();
  let another = false;
  tokenizer.onToken = ({ token, value }) => {
    if (finder.done) another = true;
    else finder.see(token, value);
  };
  try {
    for (let from = 0; from < head.length && !another; from += STEP_BYTES) {
      tokenizer.write(head.subarray(from, from + STEP_BYTES));
    }
  } catch {
    // What is wrong with the text is said when it is read.
  }
  // Of several objects each is a lead, and the first may lack its address.
  if (another || isLead([...finder.keys])) return undefined;
  const nested = [...finder.lists];
  const [list, ...others] =
    finder.top.length > 0 ? finder.top : [...finder.empty].filter((key) => finder.keys.has(key));
  if (list !== undefined && others.length === 0 && PLAIN.test(list)) return list;
  const inside = finder.top.length > 1 ? finder.top : nested;
  const [first] = inside;
  if (first === undefined) return undefined;
  const which = inside.length === 1 ? `its list is in ${quote(first)}` : `it has several lists: ${quoteList(inside)}`;
  const path = first.split('.').every((key) => PLAIN.test(key)) ? `.${first}` : '.…';
  throw new UsageError(
    `${file} is one JSON object, not a list of leads; ${which}`,
    `Take the list out first: jq '${path}' FILE | drason ingest -`,
  );
}

/** What is wrong when a second list of objects shows up after the first was taken for the leads. */
export const secondList = (lists: readonly string[]): string =>
  `this object has several lists (${quoteList(lists)}); the one before was read, take the others out first`;
