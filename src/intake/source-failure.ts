/** Why the bytes of an input could not be read to their end, for people. Programming errors are thrown on. */
export function sourceFailure(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'Z_BUF_ERROR') return 'the gzip data ends too early: the file is cut off';
  if (typeof code === 'string' && code.startsWith('Z_')) return 'the gzip data is damaged';
  if (typeof code === 'string' && error instanceof Error) return `reading failed: ${error.message}`;
  throw error;
}
