const MASK = '[redacted]';
const secrets = new Set<string>();

/** Tells {@link redact} a value that must never be shown. Its URL-encoded form is covered too. */
export function rememberSecret(secret: string): void {
  if (secret.length === 0) return;
  secrets.add(secret);
  secrets.add(encodeURIComponent(secret));
}

/** Removes every remembered secret, and the value of any `api_key=` parameter, from a text that people may see. */
export function redact(text: string): string {
  let clean = text;
  for (const secret of secrets) clean = clean.replaceAll(secret, MASK);
  return clean.replace(/(api_key=)[^&\s"'<>]+/gi, `$1${MASK}`);
}
