import type { Readable } from 'node:stream';
import type { SaxesParser } from 'saxes';
import yauzl from 'yauzl';
import { UsageError } from '../errors.js';
import { quoteList, visible } from './quote.js';

/** A workbook is kept in memory as it is, packed. */
const MAX_PACKED_BYTES = 128 * 1024 * 1024;
/** Shared strings are needed before the first row, so they are kept as well. */
const MAX_STRINGS_BYTES = 64 * 1024 * 1024;
const MAX_SHEET_BYTES = 2 * 1024 * 1024 * 1024;
const MAX_SMALL_BYTES = 16 * 1024 * 1024;

/** The parts of a workbook, and how to read one. */
export interface Book {
  name: string;
  has(part: string): boolean;
  parts: readonly string[];
  /** Hands a part's text to `parser`. Throws a {@link UsageError} for one that is damaged or too large. */
  read(part: string, parser: SaxesParser): Promise<void>;
  /** The unpacked text of a part in pieces. */
  pieces(part: string, limit?: number): AsyncGenerator<string>;
}

/** Gathers a zip archive and reads its table of contents. Throws a {@link UsageError} when it cannot be read. */
export async function openBook(name: string, bytes: AsyncIterable<Buffer>): Promise<Book> {
  const packed: Buffer[] = [];
  let length = 0;
  for await (const piece of bytes) {
    length += piece.length;
    if (length > MAX_PACKED_BYTES) throw tooLarge(name);
    packed.push(piece);
  }
  const entries = new Map<string, yauzl.Entry>();
  let zip: yauzl.ZipFile;
  try {
    zip = await yauzl.fromBufferPromise(Buffer.concat(packed), { lazyEntries: true });
    for await (const entry of zip.eachEntry()) {
      entries.set(entry.fileName.replace(/^\//, ''), entry);
      if (entries.size > 10_000) throw tooLarge(name);
    }
  } catch (error) {
    throw error instanceof UsageError ? error : damaged(name, error);
  }
  async function* pieces(part: string, limit = MAX_SMALL_BYTES): AsyncGenerator<string> {
    const entry = entries.get(part);
    if (!entry) return;
    if (entry.isEncrypted()) throw new UsageError(`${name} has a password`, 'Save it without one, or as CSV.');
    // yauzl refuses a part that unpacks to more than it says here.
    if (entry.uncompressedSize > limit) throw tooLarge(name);
    const decoder = new TextDecoder();
    try {
      const stream: Readable = await zip.openReadStreamPromise(entry);
      for await (const piece of stream) if (piece instanceof Uint8Array) yield decoder.decode(piece, { stream: true });
    } catch (error) {
      throw damaged(name, error);
    }
    yield decoder.decode();
  }
  return {
    name,
    parts: [...entries.keys()],
    has: (part) => entries.has(part),
    pieces,
    async read(part, parser) {
      const limit = part.endsWith('sharedStrings.xml') ? MAX_STRINGS_BYTES : MAX_SMALL_BYTES;
      for await (const text of pieces(part, limit)) write(name, parser, text);
    },
  };
}

export { MAX_SHEET_BYTES };

/** Feeds a parser. Throws a {@link UsageError} for text that is no XML. */
export function write(name: string, parser: SaxesParser, text: string): void {
  try {
    parser.write(text);
  } catch (error) {
    throw damaged(name, error);
  }
}

function tooLarge(name: string): UsageError {
  return new UsageError(`${name} is too large for a workbook`, 'Save it as CSV (UTF-8) and give drason that file.');
}

function damaged(name: string, error: unknown): UsageError {
  const why = error instanceof Error ? visible(error.message, 100) : 'it cannot be read';
  return new UsageError(`${name} is a damaged zip archive or workbook: ${why}`, 'Save it again, or as CSV (UTF-8).');
}

/** What a zip archive is that is no xlsx, with what to do. */
export function foreignZip(book: Book, mimetype: string): UsageError {
  const { name, parts } = book;
  const csv = 'Export the table as CSV.';
  if (book.has('xl/workbook.bin'))
    return new UsageError(`${name} is a binary Excel workbook (xlsb)`, 'Save it as xlsx or CSV.');
  if (mimetype.includes('spreadsheet')) return new UsageError(`${name} is an OpenDocument spreadsheet (ods)`, csv);
  if (mimetype.includes('opendocument')) return new UsageError(`${name} is an OpenDocument file`, csv);
  if (mimetype.includes('epub')) return new UsageError(`${name} is an e-book (EPUB)`, csv);
  if (book.has('word/document.xml')) return new UsageError(`${name} is a Word document (docx)`, csv);
  if (book.has('ppt/presentation.xml')) return new UsageError(`${name} is a PowerPoint file (pptx)`, csv);
  if (parts.some((part) => part.startsWith('Index/') && part.endsWith('.iwa')) || book.has('Index.zip'))
    return new UsageError(`${name} is an Apple Numbers, Pages or Keynote file`, csv);
  if (book.has('META-INF/MANIFEST.MF')) return new UsageError(`${name} is a Java archive`, csv);
  const inside = parts.length === 0 ? 'nothing' : quoteList(parts, 3);
  return new UsageError(`${name} is a zip archive (inside: ${inside})`, 'Unpack it and give drason the files inside.');
}
