/** How much room text takes on a terminal, where Chinese, Japanese and Korean signs and emoji count double. */

const PLAIN = /^[\x20-\x7e]*$/;
/** Combining marks, joiners and the later parts of a Korean syllable stand on what is before them. */
const NO_ROOM = /^[\p{Mn}\p{Me}\p{Cf}\u1160-\u11ff]$/u;
/** East Asian Width W and F (Unicode's EastAsianWidth.txt), and emoji. */
const DOUBLE =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\u4dbf\u4e00-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{16fe0}-\u{18cff}\u{1b000}-\u{1b2ff}\u{20000}-\u{3fffd}\p{Emoji_Presentation}]$/u;
const EMOJI = /\p{Extended_Pictographic}/u;
const segmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

function roomOf(character: string): number {
  let room = 0;
  for (const point of character) {
    if (!NO_ROOM.test(point)) room += DOUBLE.test(point) ? 2 : 1;
  }
  // A family is drawn as one picture.
  return EMOJI.test(character) ? Math.min(room, 2) : room;
}

/** The columns that a text without control characters takes; counting ends beyond `most`. */
export function displayWidth(text: string, most = Number.POSITIVE_INFINITY): number {
  if (PLAIN.test(text)) return text.length;
  let width = 0;
  for (const { segment } of segmenter.segment(text)) {
    width += roomOf(segment);
    if (width > most) break;
  }
  return width;
}

/** A text in at most `width` columns; what does not fit is an ellipsis. No character is cut in two. */
export function clip(text: string, width: number): string {
  if (displayWidth(text, width) <= width) return text;
  let kept = '';
  let room = width - 1;
  for (const { segment } of segmenter.segment(text)) {
    room -= roomOf(segment);
    if (room < 0) break;
    kept += segment;
  }
  return `${kept.trimEnd()}…`;
}
