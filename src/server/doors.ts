import type { BlockList } from 'node:net';
import type { HttpBindings } from '@hono/node-server';
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import type { Logger } from 'pino';
import type { Clock } from '../clock.js';
import type { OrganizationConfig } from '../config/schema.js';
import type { ApiKey } from '../store/settings/api-keys.js';
import type { AdminPages } from './admin-pages.js';
import type { Allowances } from './allowance.js';
import type { Engine } from './engine.js';
import type { RequestTimes } from './metrics.js';
import type { OwnNames } from './own-names.js';
import { ApiError } from './replies.js';

/** What every door is given. */
export interface Doors {
  engine: Engine;
  /** The administrator's pages; absent where none are served. */
  pages?: AdminPages;
  organizations: ReadonlyMap<string, OrganizationConfig>;
  /** The key somebody presents, unless it is unknown or revoked. */
  findKey: (presented: string) => Promise<ApiKey | undefined>;
  allowances: Allowances;
  env: NodeJS.ProcessEnv;
  /** Proxies, besides those on this machine, whose X-Forwarded-For is believed. */
  trustedProxies: BlockList;
  /** The names that /admin and /metrics answer to. */
  names: OwnNames;
  clock: Clock;
  log: Logger;
  /** How long requests took, for /metrics. */
  times: RequestTimes;
  /** The server is about to end: nothing new is taken. */
  draining: () => boolean;
}

/** What a request carries from one step to the next. */
export interface RequestVariables {
  requestId: string;
  /** The address of who asks; behind a proxy, what the proxy says. */
  client: string;
  /** Whose request it is, once that is proven; the log names them. */
  organization: string | undefined;
  keyId: string | undefined;
}

/** What Hono is told of a request: by the Node server, and by the steps before. */
export interface DoorEnv {
  Bindings: Partial<HttpBindings>;
  Variables: RequestVariables;
}
export type App = OpenAPIHono<DoorEnv>;
export type DoorContext = Context<DoorEnv>;

const refused = () => new ApiError(401, 'UNAUTHORIZED', 'The credentials are missing or wrong.');

/** Counts a request against what its key may make. Throws an ApiError with Retry-After. */
export function allow(doors: Doors, key: string): void {
  const seconds = doors.allowances.take(key);
  if (seconds === 0) return;
  const message = `Too many requests. Try again in ${seconds} s.`;
  throw new ApiError(429, 'RATE_LIMITED', message, { 'retry-after': String(seconds) });
}

/** The organization that the request's X-API-Key opens, and the key's id. Throws an ApiError. */
export async function organizationOfKey(
  doors: Doors,
  c: DoorContext,
): Promise<{ config: OrganizationConfig; keyId: string }> {
  const presented = c.req.header('x-api-key')?.trim() ?? '';
  const key = presented === '' ? undefined : await doors.findKey(presented);
  const config = key && doors.organizations.get(key.organization);
  if (!key || !config) throw refused();
  c.set('organization', config.organization);
  c.set('keyId', key.id);
  allow(doors, key.id);
  return { config, keyId: key.id };
}

/** The organization that a signed door is for: named in the query or in a header, which must agree, or the only one. */
export function organizationNamed(doors: Doors, c: Context): OrganizationConfig | undefined {
  const named = [c.req.query('orgId'), c.req.header('x-organization-id')].filter((name) => name !== undefined);
  const [first, second] = named;
  if (second !== undefined && first !== second) return undefined;
  if (first !== undefined) return doors.organizations.get(first);
  const [only, ...others] = doors.organizations.values();
  return others.length === 0 ? only : undefined;
}

/** Throws the refusal of a request that does not prove where it comes from. */
export function refuse(): never {
  throw refused();
}
