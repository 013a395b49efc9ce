const MASK = '[redacted]';
const secrets = new Set<string>();

/** Tells {@link redact} a value that must never be shown, in any form in which it may come back. */
export function rememberSecret(secret: string): void {
  if (secret.length === 0) return;
  const inQuery = new URLSearchParams({ k: secret }).toString().slice(2);
  const inJson = JSON.stringify(secret).slice(1, -1);
  const inBase64 = Buffer.from(secret).toString('base64');
  for (const form of [secret, encodeURIComponent(secret), inQuery, inJson, inBase64]) secrets.add(form);
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
