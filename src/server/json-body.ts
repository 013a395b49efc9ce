import { parseExact } from '../exact-json.js';
import type { DoorContext } from './doors.js';
import { isDeeperThan } from './json-depth.js';
import { ApiError } from './replies.js';

/** A request's body may be this large, bytes. */
export const MAX_BODY_BYTES = 5 * 1024 * 1024;
const MAX_DEPTH = 32;
/** A body may hold so many fields and items together: parsing takes as long as these are many, and holds everybody up. */
const MAX_FIELDS = 100_000;
/** An event is looked through several times. */
const MAX_FIELDS_OF_EVENTS = 50_000;

const [COMMA, BRACKET, BRACE, PERCENT, AMPERSAND, BACKSLASH, U] = Buffer.from(',[{%&\\u');

/**
 * Throws an ApiError for a body of too many fields and items. It counts what begins one, in texts as well, where there may
 * be JSON in turn: prose of 5 MB has fewer commas. Of events escapes count, too: behind each the secret is looked for.
 */
export function refuseManyFields(bytes: Buffer, of: 'leads' | 'events'): void {
  const most = of === 'leads' ? MAX_FIELDS : MAX_FIELDS_OF_EVENTS;
  let fields = 0;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === COMMA || byte === BRACKET || byte === BRACE) fields++;
    else if (of === 'leads') continue;
    else if (byte === PERCENT || byte === AMPERSAND) fields++;
    else if (byte === U && bytes[at - 1] === BACKSLASH && bytes[at - 2] === BACKSLASH) fields++;
  }
  if (fields <= most) return;
  refuseDeep(bytes.toString('latin1'));
  throw tooManyFields(`${most.toLocaleString('en')} fields`);
}

function refuseDeep(text: string): void {
  if (!isDeeperThan(text, MAX_DEPTH)) return;
  throw new ApiError(400, 'TOO_DEEP', `The body is nested more than ${MAX_DEPTH} levels deep.`);
}

/** The refusal of a body with more than it may have. */
export const tooManyFields = (most: string): ApiError =>
  new ApiError(400, 'TOO_MANY_FIELDS', `The body has more than ${most}. Send it in parts.`);

/**
 * A body as it comes: Node's own stream, since a web stream around it costs more than the rest of a request. It is not
 * destroyed when reading ends early: the server then sees that its sender goes on, and closes the connection soon.
 */
function streamOf({ env, req }: DoorContext): AsyncIterable<Uint8Array> | null {
  return env.incoming?.iterator({ destroyOnReturn: false }) ?? req.raw.body;
}

/** Throws an ApiError for a body that is packed. Only who has proven that they may ask is told. */
export function refusePacked(c: DoorContext): void {
  const packed = c.req.header('content-encoding') ?? 'identity';
  if (packed !== 'identity') throw new ApiError(415, 'PACKED', 'Send the body as it is, without Content-Encoding.');
}

const sizeOf = (bytes: number) => (bytes < 1024 * 1024 ? `${bytes / 1024} KB` : `${bytes / 1024 / 1024} MB`);

/** What reading a body is bound by. */
interface Bounds {
  /** Bytes. */
  most: number;
  /** Told of every piece; may throw. */
  hold?: (bytes: number) => void;
  /** Ends the reading, with its reason. */
  signal?: AbortSignal;
}

/** The bytes of a body. Throws an ApiError for one that is too large, whether or not it says its length. */
export async function readBytes(c: DoorContext, { most, hold, signal }: Bounds): Promise<Buffer> {
  const tooLarge = () => new ApiError(413, 'TOO_LARGE', `The body is larger than ${sizeOf(most)}.`);
  if (Number(c.req.header('content-length') ?? 0) > most) throw tooLarge();
  const body = streamOf(c);
  if (!body) return Buffer.alloc(0);
  const chunks: Uint8Array[] = [];
  let size = 0;
  const reading = (async () => {
    for await (const chunk of body) {
      if (signal?.aborted) return;
      size += chunk.length;
      if (size > most) throw tooLarge();
      hold?.(chunk.length);
      chunks.push(chunk);
    }
  })();
  const abandoned = new Promise<never>((_resolve, reject) => {
    signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
  try {
    await Promise.race([reading, abandoned]);
  } catch (error) {
    reading.catch(() => undefined);
    if (error instanceof ApiError) throw error;
    // the sender has gone away in the middle, or has sent chunks that are none
    throw new ApiError(400, 'INCOMPLETE', 'The body did not come whole.');
  }
  return Buffer.concat(chunks);
}

/** Bytes as JSON; numbers that JavaScript cannot hold exactly stay text. Throws an ApiError. */
export function parseJson(bytes: Buffer): unknown {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new ApiError(400, 'INVALID_JSON', 'The body is not valid UTF-8.');
  }
  refuseDeep(text);
  try {
    return parseExact(text);
  } catch {
    throw new ApiError(400, 'INVALID_JSON', text.trim() === '' ? 'The body is empty.' : 'The body is not valid JSON.');
  }
}
