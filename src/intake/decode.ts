import { isUtf8 } from 'node:buffer';
import iconv from 'iconv-lite';
import { UsageError } from '../errors.js';
import { didYouMean } from '../text/wording.js';
import { gunzip } from './gunzip.js';
import { visible } from './quote.js';
import { sniffBinary } from './sniff.js';

/** What a person is likely to name; iconv-lite knows many more. */
const USUAL_ENCODINGS = [
  'utf-8',
  'utf-16le',
  'utf-16be',
  'windows-1252',
  'windows-1251',
  'iso-8859-1',
  'iso-8859-15',
  'latin1',
  'macintosh',
  'shift_jis',
  'gb18030',
  'big5',
  'euc-kr',
];

/** How much of an input is looked at before its encoding, delimiter and format are decided. */
const HEAD_BYTES = 1024 * 1024;
/** What the readers get at a time, so that one step stays short. */
const PIECE_BYTES = 64 * 1024;

/** An input as UTF-8 text, whatever it was before. Bytes that its encoding does not know arrive as U+FFFD or invalid. */
export interface TextSource {
  /** 'utf-8', 'utf-16le', 'utf-16be', 'windows-1252' or what the user forced. */
  encoding: string;
  /** False when the encoding was forced by the user or told by a byte order mark. */
  guessed: boolean;
  compressed: boolean;
  /** The first part of the text, about 1 MB; all that there is of it when `complete`. */
  head: Buffer;
  complete: boolean;
  /** The source broke off within the head, for this reason. */
  failure?: unknown;
  /** The whole text, the head included, in pieces of at most 64 KB (more after decoding). */
  pieces(): AsyncGenerator<Buffer>;
}

/** The bytes of an input, unpacked when they were gzipped. */
export interface Unpacked {
  compressed: boolean;
  /** A zip archive, such as an Excel workbook. */
  zip: boolean;
  bytes: AsyncIterable<Buffer>;
}

/** Enough of an input to tell its format, that of a tar archive included. */
const MAGIC_BYTES = 512;

/** Unpacks gzip. Throws a {@link UsageError} that names a format which is no text and no workbook. */
export async function unpack(name: string, bytes: AsyncIterable<Buffer>): Promise<Unpacked> {
  const first = await peek(bytes, MAGIC_BYTES);
  const compressed = first.head[0] === 0x1f && first.head[1] === 0x8b;
  const inner = compressed ? await peek(gunzip(first.all()), MAGIC_BYTES) : first;
  const binary = sniffBinary(inner.head);
  if (typeof binary === 'object') throw new UsageError(`${name} is ${binary.name}; ${binary.next}`);
  return { compressed, zip: binary === 'zip', bytes: inner.all() };
}

/**
 * Finds the encoding of an input and hands it on as UTF-8. Nothing but the head is kept in memory. A damaged source
 * throws only when its pieces are read: whatever came before the damage is handed on first.
 * Throws a {@link UsageError} for an encoding that does not exist.
 */
export async function decode({ bytes, compressed }: Unpacked, forced?: string): Promise<TextSource> {
  if (forced !== undefined) requireEncoding(forced);
  const raw = await peek(bytes, HEAD_BYTES);
  const { encoding, bom } = forced ? { encoding: forced, bom: 0 } : findEncoding(raw.head, raw.complete);
  const recode = recoder(encoding);
  return {
    encoding,
    guessed: forced === undefined && bom === 0,
    compressed,
    head: recoder(encoding).write(raw.head),
    complete: raw.complete,
    failure: raw.failure,
    async *pieces() {
      for await (const chunk of raw.all()) {
        for (let from = 0; from < chunk.length; from += PIECE_BYTES) {
          yield recode.write(chunk.subarray(from, from + PIECE_BYTES));
        }
      }
      const rest = recode.end();
      if (rest.length > 0) yield rest;
    },
  };
}

function requireEncoding(name: string): void {
  if (iconv.encodingExists(name)) return;
  throw new UsageError(
    `--encoding: "${visible(name)}" is not known${didYouMean(name, USUAL_ENCODINGS)}`,
    'Try --encoding utf-8, utf-16le or windows-1252.',
  );
}

interface Peeked {
  head: Buffer;
  /** The source ended, or broke, within the head. */
  complete: boolean;
  failure: unknown;
  all(): AsyncGenerator<Buffer>;
}

/** Reads at least `bytes` ahead. A failure meanwhile is kept and thrown after what came before it was handed on. */
async function peek(source: AsyncIterable<Buffer>, bytes: number): Promise<Peeked> {
  const iterator = source[Symbol.asyncIterator]();
  const parts: Buffer[] = [];
  let length = 0;
  let complete = false;
  let failure: unknown;
  try {
    while (length < bytes && !complete) {
      const next = await iterator.next();
      if (next.done) complete = true;
      else length += parts.push(next.value) && next.value.length;
    }
  } catch (error) {
    failure = error;
    complete = true;
  }
  const head = Buffer.concat(parts);
  async function* all(): AsyncGenerator<Buffer> {
    try {
      if (head.length > 0) yield head;
      if (failure !== undefined) throw failure;
      for (let next = await iterator.next(); !next.done; next = await iterator.next()) yield next.value;
    } finally {
      await iterator.return?.();
    }
  }
  return { head, complete, failure, all };
}

function findEncoding(head: Buffer, complete: boolean): { encoding: string; bom: number } {
  if (head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf) return { encoding: 'utf-8', bom: 3 };
  if (head[0] === 0xff && head[1] === 0xfe) return { encoding: 'utf-16le', bom: 2 };
  if (head[0] === 0xfe && head[1] === 0xff) return { encoding: 'utf-16be', bom: 2 };
  const utf16 = utf16WithoutMark(head);
  if (utf16) return { encoding: utf16, bom: 0 };
  return { encoding: looksLikeUtf8(head, complete) ? 'utf-8' : 'windows-1252', bom: 0 };
}

/** Latin text in UTF-16 has a NUL for every second byte. A stray NUL or two are no such text. */
function utf16WithoutMark(head: Buffer): string | undefined {
  const pairs = Math.min(head.length >> 1, 256);
  if (pairs < 2) return undefined;
  let even = 0;
  let odd = 0;
  for (let i = 0; i < pairs; i++) {
    if (head[2 * i] === 0) even++;
    if (head[2 * i + 1] === 0) odd++;
  }
  if (odd > pairs * 0.7 && even < pairs * 0.05) return 'utf-16le';
  if (even > pairs * 0.7 && odd < pairs * 0.05) return 'utf-16be';
  return undefined;
}

function looksLikeUtf8(head: Buffer, complete: boolean): boolean {
  if (complete && head.length <= HEAD_BYTES) return isUtf8(head);
  const sample = head.subarray(0, HEAD_BYTES);
  // A character of up to four bytes may be cut at the boundary.
  for (let cut = 0; cut < 4; cut++) if (isUtf8(sample.subarray(0, sample.length - cut))) return true;
  return false;
}

interface Recoder {
  write(chunk: Buffer): Buffer;
  /** What is left of a character that was cut off. */
  end(): Buffer;
}

/** Bytes of one encoding to UTF-8, statefully: feed the pieces in order. A byte order mark is dropped. */
function recoder(encoding: string): Recoder {
  if (/^utf-?8$/i.test(encoding)) return utf8Recoder();
  // ISO 8859-1 has control codes where its users mean “ ” – €, so it is read as its superset, as browsers do.
  const wanted = /^(latin-?1|iso-?8859-?1)$/i.test(encoding) ? 'windows-1252' : encoding;
  if (!iconv.encodingExists(wanted)) throw new UsageError(`unknown encoding ${encoding}`);
  const decoder = iconv.getDecoder(wanted);
  return {
    write: (chunk) => Buffer.from(decoder.write(chunk), 'utf8'),
    end: () => Buffer.from(decoder.end() ?? '', 'utf8'),
  };
}

/** The bytes stay as they are: what is invalid comes out as U+FFFD when the readers make strings of them. */
function utf8Recoder(): Recoder {
  let atStart = true;
  return {
    write(chunk) {
      const marked = atStart && chunk[0] === 0xef && chunk[1] === 0xbb && chunk[2] === 0xbf;
      atStart = false;
      return marked ? chunk.subarray(3) : chunk;
    },
    end: () => Buffer.alloc(0),
  };
}
