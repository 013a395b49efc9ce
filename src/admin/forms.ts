import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { UsageError } from '../errors.js';
import type { AdminContext } from './desk.js';

/** What a form or an address carries: every name with its last value. Throws a UsageError that names the field. */
export function readFields<Shape extends z.ZodType>(schema: Shape, fields: Record<string, unknown>): z.output<Shape> {
  const result = schema.safeParse(fields);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new UsageError(`${issue?.path.join('.') ?? 'The form'}: ${issue?.message ?? 'cannot be read'}`);
}

/** The fields of a form that was sent. Fields that may come several times are named in `lists`. */
export async function formOf(c: AdminContext, lists: readonly string[] = []): Promise<Record<string, unknown>> {
  const body = await c.req.parseBody({ all: true });
  return Object.fromEntries(
    Object.entries(body).map(([name, value]) => {
      const values = Array.isArray(value) ? value : [value];
      return [name, lists.includes(name) ? values : values.at(-1)];
    }),
  );
}

/** An empty field is as good as none. */
export const optionalField = z
  .string()
  .trim()
  .optional()
  .transform((text) => (text === '' ? undefined : text));

/** Goes back to a page, which then says what was done. */
export function backTo(c: AdminContext, address: string, done: string): Response {
  const notice = { code: randomUUID(), text: done };
  c.get('login').notice = notice;
  return c.redirect(`${address}?done=${notice.code}`, 303);
}
