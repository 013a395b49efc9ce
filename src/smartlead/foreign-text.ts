import { redact } from '../redact.js';

/** So much of a foreign text is looked at for a message of {@link MESSAGE_CHARS}. */
const READ_CHARS = 16_384;
const MESSAGE_CHARS = 300;
/** What is cut may end within a key, of which the first half would not be recognised: so much is dropped, too. */
const CUT_CHARS = 2_048;

/** The beginning of a foreign text without secrets. */
function cleanStart(text: string): string {
  if (text.length <= READ_CHARS) return redact(text);
  return redact(text.slice(0, READ_CHARS)).slice(0, -CUT_CHARS);
}

/** One line for people out of a foreign text. Cut and redacted first: what comes later could put a key together. */
export function lineOf(text: string): string {
  const line = redact(
    cleanStart(text)
      .replace(/<[^<>]*>/g, ' ')
      .replace(/\s+/g, ' ')
      .trim(),
  );
  return line.length > MESSAGE_CHARS ? `${line.slice(0, MESSAGE_CHARS)}…` : line;
}
