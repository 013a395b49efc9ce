/** Control characters, and the marks that turn text around or hide it. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu;

/** A value from a file as a message may show it: in quotes, shortened to `limit` characters, control characters visible. */
export function quote(value: string, limit = 40): string {
  return `"${visible(value, limit)}"`;
}

/** Like {@link quote}, without the quotes. */
export function visible(value: string, limit = 40): string {
  const short = value.length > limit ? `${value.slice(0, limit)}…` : value;
  return short.replace(UNSEEN, (mark) => `\\u${(mark.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`);
}

/** A list of columns for a message: each quoted, at most `limit` of them. */
export function quoteList(values: readonly string[], limit = 40): string {
  const shown = values.slice(0, limit).map((value) => quote(value));
  if (values.length > limit) shown.push(`and ${values.length - limit} more`);
  return shown.join(', ');
}
