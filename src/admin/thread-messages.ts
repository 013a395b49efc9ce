import type { ReadableStream } from 'node:stream/web';
import type { SettingLines } from '../config/push-settings.js';
import type { OrganizationConfig } from '../config/schema.js';
import type { StoreKind } from '../store/engine/open.js';
import type { Entrance } from './login/logins.js';

/** What the thread of the pages is started with; plain data. */
export interface AdminOptions {
  databasePath: string;
  kind: StoreKind;
  organizations: readonly OrganizationConfig[];
  /** A stand-in on this machine that takes Smartlead's place. */
  sandbox?: { url: string; key: string };
  entrance: Entrance;
  /** The addresses the pages are reached by, besides those of this machine. */
  publicUrls: readonly string[];
  /** The rules file that the organizations are from. */
  rulesPath: string;
  /** By organization: where the rules file sets what the Settings page may change. */
  settingLines: Readonly<Record<string, SettingLines>>;
}

/** A request on its way to the thread. */
export interface AdminRequest {
  id: number;
  /** The address it came from, for waiting and for the log. */
  client: string;
  url: string;
  method: string;
  headers: Array<[string, string]>;
  /** A form whole, a file as it comes. */
  body: ReadableStream | Uint8Array<ArrayBuffer> | null;
}

/** What the thread says: that it is ready, that it cannot be, an answer, a fault of its own, or that it has come to its end. */
export type AdminMessage =
  | { say: 'ready' }
  | { say: 'not_started'; message: string }
  | { say: 'answer'; id: number; status: number; headers: Array<[string, string]>; body: ReadableStream | null }
  | { say: 'fault'; path: string; message: string; stack: string | undefined }
  | { say: 'stopped' };
