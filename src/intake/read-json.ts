import { Tokenizer, TokenParser, TokenType } from '@streamparser/json';
import { isExact, MAX_DEPTH, TOO_DEEP } from '../exact-json.js';
import { InputBroken } from './input-broken.js';
import { explainJson } from './json-fault.js';
import type { RowOfJson } from './read-ndjson.js';
import { fullBatches } from './rows.js';
import { sourceFailure } from './source-failure.js';
import { ListFinder, secondList } from './wrapped-list.js';

/** The most an element may take up. */
const MAX_ELEMENT_BYTES = 1024 * 1024;

/** Where the leads of a text are: the elements of its array, its objects, or those of a list in its one object. */
export type JsonShape = 'array' | 'objects' | { list: string };

/**
 * What a JSON text has for leads, in batches and without ever holding the whole text: objects that follow each other may
 * be several. The line is the one on which the element begins. What breaks the syntax ends the input:
 * {@link InputBroken} with line and column, after the elements before it.
 */
export async function* readJson<Row>(
  file: string,
  text: AsyncIterable<Buffer>,
  shape: JsonShape,
  rowOf: RowOfJson<Row>,
): AsyncGenerator<Row[]> {
  const rows: Row[] = [];
  const elements = new JsonElements(shape, (value, line) => rows.push(rowOf.value(value, line)));
  // The tokenizer refuses invalid UTF-8 altogether; as U+FFFD it costs only its own row.
  const decoder = new TextDecoder();
  let failure: InputBroken | undefined;
  try {
    for await (const piece of text) {
      elements.feed(Buffer.from(decoder.decode(piece, { stream: true })));
      yield* fullBatches(rows);
    }
    elements.feed(Buffer.from(decoder.decode()));
    elements.finish();
  } catch (error) {
    const line = error instanceof JsonFault ? error.line : elements.line;
    failure = new InputBroken(file, line, error instanceof JsonFault ? error.message : sourceFailure(error));
  }
  yield* fullBatches(rows);
  if (rows.length > 0) yield rows;
  if (failure) throw failure;
}

class JsonFault extends Error {
  constructor(
    readonly line: number,
    message: string,
  ) {
    super(message);
  }
}

/** Remembers how the last number was written, which its token does not tell. */
class ExactTokenizer extends Tokenizer {
  lastNumber = '';
  protected override parseNumber(text: string): number {
    this.lastNumber = text;
    return Number(text);
  }
}

/** The parser, fed line by line: no JSON token spans lines, so each element's line is known without counting offsets. */
class JsonElements {
  line = 1;
  private readonly tokenizer = new ExactTokenizer();
  private readonly parser: TokenParser;
  private readonly elementDepth: number;
  private depth = 0;
  private bytes = 0;
  private lineBegan = 0;
  /** The last character before the line that is not blank. */
  private before = '';
  /** The first document is complete. */
  private closed = false;
  private tokenBegan = 0;
  private element: { line: number; began: number } | undefined;
  private readonly finder: ListFinder | undefined;

  constructor(shape: JsonShape, onElement: (value: unknown, line: number) => void) {
    if (shape === 'array') {
      this.elementDepth = 1;
      this.parser = new TokenParser({ paths: ['$.*'], keepStack: false });
    } else if (shape === 'objects') {
      this.elementDepth = 0;
      this.parser = new TokenParser({ paths: ['$'], separator: '' });
    } else {
      this.elementDepth = 2;
      this.parser = new TokenParser({ paths: [`$.${shape.list}.*`], keepStack: false });
      this.finder = new ListFinder();
    }
    this.parser.onValue = ({ value }) => onElement(value, this.element?.line ?? this.line);
    this.tokenizer.onToken = ({ token, value, offset }) => {
      this.tokenBegan = offset;
      this.enter(token);
      this.finder?.see(token, value);
      if (this.finder && this.finder.top.length > 1) throw new JsonFault(this.line, secondList(this.finder.top));
      const exact = token !== TokenType.NUMBER || isExact(this.tokenizer.lastNumber);
      this.parser.write(exact ? { token, value } : { token: TokenType.STRING, value: this.tokenizer.lastNumber });
      this.leave(token);
    };
  }

  feed(text: Buffer): void {
    let from = 0;
    while (from < text.length) {
      const found = text.indexOf(10, from);
      const end = found < 0 ? text.length : found + 1;
      this.write(text.subarray(from, end));
      if (found >= 0) {
        this.line++;
        this.lineBegan = this.bytes;
      }
      from = end;
    }
  }

  finish(): void {
    try {
      this.tokenizer.end();
      if (!this.parser.isEnded) this.parser.end();
    } catch {
      throw new JsonFault(
        this.element?.line ?? this.line,
        'the JSON ends too early, in the middle of an element or of its array',
      );
    }
  }

  private write(part: Buffer): void {
    try {
      this.tokenizer.write(part);
    } catch (error) {
      if (error instanceof JsonFault || !(error instanceof Error)) throw error;
      throw new JsonFault(this.line, this.explain(part, error.message));
    }
    this.bytes += part.length;
    this.before = lastByte(part) ?? this.before;
    if (this.element && this.bytes - this.element.began > MAX_ELEMENT_BYTES) {
      throw new JsonFault(this.element.line, 'this element is larger than 1 MiB');
    }
  }

  private explain(part: Buffer, message: string): string {
    const told = /at chunk position "(\d+)"/.exec(message)?.[1];
    const began = this.bytes - this.lineBegan;
    const at = part.subarray(0, told === undefined ? this.tokenBegan - this.bytes : Number(told)).toString().length;
    const { column, what } = explainJson(part.toString(), at, this.closed ? '' : this.before);
    return `not valid JSON at column ${began + column}: ${what}`;
  }

  private enter(token: TokenType): void {
    const opens = token === TokenType.LEFT_BRACE || token === TokenType.LEFT_BRACKET;
    if (this.depth === this.elementDepth && (opens || SCALARS.has(token))) {
      this.element = { line: this.line, began: this.tokenBegan };
    }
    if (opens && ++this.depth > MAX_DEPTH + this.elementDepth) {
      throw new JsonFault(this.element?.line ?? this.line, TOO_DEEP);
    }
  }

  private leave(token: TokenType): void {
    if (token === TokenType.RIGHT_BRACE || token === TokenType.RIGHT_BRACKET) this.depth--;
    if (this.depth === this.elementDepth) this.element = undefined;
    if (this.depth === 0) this.closed = true;
  }
}

function lastByte(part: Buffer): string | undefined {
  for (let i = part.length - 1; i >= 0; i--) {
    const byte = part[i] ?? 0;
    if (byte > 32) return String.fromCharCode(byte);
  }
  return undefined;
}

const SCALARS: ReadonlySet<TokenType> = new Set([
  TokenType.STRING,
  TokenType.NUMBER,
  TokenType.TRUE,
  TokenType.FALSE,
  TokenType.NULL,
]);
