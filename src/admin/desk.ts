import type { Context, Hono } from 'hono';
import type { Clock } from '../clock.js';
import type { SettingLines } from '../config/push-settings.js';
import type { OrganizationConfig } from '../config/schema.js';
import { accessOf, accessTo } from '../pipeline/access.js';
import type { SmartleadAccess } from '../pipeline/run-context.js';
import type { StoreContext } from '../store/engine/context.js';
import type { Login, Logins } from './login/logins.js';
import type { Jobs } from './runs/jobs.js';
import type { Uploads } from './upload/uploads.js';

/** What every page is given. */
export interface Desk {
  /** The hosts of the addresses the pages are reached by. */
  publicHosts: ReadonlySet<string>;
  store: StoreContext;
  clock: Clock;
  /** Never empty. */
  organizations: ReadonlyMap<string, OrganizationConfig>;
  env: NodeJS.ProcessEnv;
  /** The rules file, as it was read when the server was started. */
  rulesPath: string;
  /** By organization: where the rules file sets what the Settings page may change. */
  settingLines: Readonly<Record<string, SettingLines>>;
  /** A stand-in on this machine that takes Smartlead's place. */
  sandbox: { url: string; key: string } | undefined;
  logins: Logins;
  jobs: Jobs;
  uploads: Uploads;
  /** Puts a fault of drason's own into the log of the service. */
  tellFault: (path: string, error: Error) => void;
}

/** What a request carries from one step to the next. */
export interface DeskEnv {
  Bindings: {
    /** The address that the request came from. */
    client: string;
  };
  Variables: {
    /** Set on every page but those for logging in. */
    login: Login;
    /** The organization that the address names, on every page below /admin/o/. */
    config: OrganizationConfig;
  };
}
export type AdminApp = Hono<DeskEnv>;
export type AdminContext = Context<DeskEnv>;

/** Smartlead with the key of an organization, or a sentence that says why there is none. Throws a UsageError. */
export function smartleadOf(desk: Desk, config: OrganizationConfig): SmartleadAccess | string {
  const { sandbox } = desk;
  return sandbox ? accessTo(sandbox.url, { value: sandbox.key, from: 'the sandbox' }) : accessOf(config, desk.env);
}

/** The address of a page of an organization: `at(config, 'leads')`. */
export function at({ organization }: OrganizationConfig, page = ''): string {
  const home = `/admin/o/${encodeURIComponent(organization)}`;
  return page === '' ? home : `${home}/${page}`;
}
