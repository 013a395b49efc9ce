import { isStandIn, smartleadBaseUrl } from '../config/base-url.js';
import type { OrganizationConfig } from '../config/schema.js';
import { keyIdOf, readSecret, type Secret } from '../config/secrets.js';
import { makeClient } from '../smartlead/client.js';
import { version } from '../version.js';
import type { SmartleadAccess } from './run-context.js';

/** Smartlead, or a stand-in, at this base URL with this key. */
export function accessTo(baseUrl: string, key: Secret): SmartleadAccess {
  const keyId = keyIdOf(key.value);
  const target = isStandIn(baseUrl) ? 'this machine' : 'smartlead';
  return { client: makeClient(baseUrl, key.value, version()), baseUrl, keyId, key, target };
}

/** Smartlead with an organization's key, or a sentence that says why there is no key. Throws a UsageError. */
export function accessOf(config: OrganizationConfig, env: NodeJS.ProcessEnv): SmartleadAccess | string {
  const name = config.smartlead.apiKeyEnv;
  const key = readSecret(name, env);
  if (!key) return `no Smartlead key: neither ${name} nor ${name}_FILE is set`;
  return accessTo(smartleadBaseUrl(config, env), key);
}
