/** The administrator's password, kept as a hash in a variable. */
import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';

/** scrypt's cost: about 64 MB and a tenth of a second. */
const COST = { N: 65_536, r: 8, p: 1, maxmem: 128 * 1024 * 1024 };
const LENGTH = 32;
const FORM = /^scrypt:([A-Za-z0-9_-]{22}):([A-Za-z0-9_-]{43})$/;

function derive(password: string, salt: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(password.normalize('NFKC'), salt, LENGTH, COST, (error, key) => (error ? reject(error) : resolve(key)));
  });
}

/** A hash of a password, salted, in characters that no shell and no .env file takes for something else. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16);
  return `scrypt:${salt.toString('base64url')}:${(await derive(password, salt)).toString('base64url')}`;
}

/** Whether a text is a hash made by {@link hashPassword}. */
export const isPasswordHash = (text: string): boolean => FORM.test(text);

/** Whether a password is the one that was hashed. Takes about a tenth of a second. */
export async function isPassword(password: string, hash: string): Promise<boolean> {
  const [, salt, key] = FORM.exec(hash) ?? [];
  if (salt === undefined || key === undefined) return false;
  return timingSafeEqual(await derive(password, Buffer.from(salt, 'base64url')), Buffer.from(key, 'base64url'));
}
