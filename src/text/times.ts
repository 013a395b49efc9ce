/** A time of the database (ISO 8601 UTC) for a table whose heading says UTC: `2026-01-31 09:05`, or to the second. */
export function shortTime(iso: string | null, to: 'minute' | 'second' = 'minute'): string | null {
  return iso === null ? null : iso.slice(0, to === 'minute' ? 16 : 19).replace('T', ' ');
}
