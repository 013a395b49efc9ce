const MASK = '[redacted]';
const secrets = new Set<string>();

/** Tells {@link redact} a value that must never be shown. Its URL-encoded form is covered too. */
export function rememberSecret(secret: string): void {
  if (secret.length === 0) return;
  secrets.add(secret);
  secrets.add(encodeURIComponent(secret));
}

/** So short a secret may be part of an ordinary word; it is removed where it stands alone. */
const SHORT = 8;

function withoutSecret(text: string, secret: string): string {
  if (secret.length >= SHORT) return text.replaceAll(secret, MASK);
  const literal = secret.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return text.replace(new RegExp(`(?<![\\p{L}\\p{N}])${literal}(?![\\p{L}\\p{N}])`, 'gu'), MASK);
}

/** Removes every remembered secret, and the value of any `api_key=` parameter, from a text that people may see. */
export function redact(text: string): string {
  let clean = text;
  for (const secret of secrets) clean = withoutSecret(clean, secret);
  return clean.replace(/(api_key=)[^&\s"'<>]+/gi, `$1${MASK}`);
}
