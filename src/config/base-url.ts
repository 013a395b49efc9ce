/** Where Smartlead's API is. The key travels in the URL, so the way there must be encrypted or stay on this machine. */
import { UsageError } from '../errors.js';

export const DEFAULT_BASE_URL = 'https://server.smartlead.ai/api/v1';

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);

/** Whether a host name is this machine. */
export function isLoopback(hostname: string): boolean {
  return LOOPBACK.has(hostname);
}

/** What is wrong with a base URL, or undefined. The URL is not repeated: it may hold a key. */
export function baseUrlProblem(text: string): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== 'https:' && url?.protocol !== 'http:') return 'expected a URL that begins with https://';
  if (url.username || url.password || url.search || url.hash || /[?#]/.test(text)) {
    return 'expected a URL without a user name, a query or a fragment';
  }
  if (url.protocol === 'http:' && !isLoopback(url.hostname)) {
    return 'plain http:// is for localhost only, because the API key travels in the URL; use https://';
  }
  return undefined;
}

/** What is wrong with the URL of a webhook to call, or undefined. The URL is not repeated: whoever knows it can call it. */
export function webhookUrlProblem(text: string): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback(url.hostname))) return undefined;
  return 'expected a URL that begins with https:// (http:// is for localhost only)';
}

/** A base URL without the slashes at its end, so that paths can be appended. */
export function tidyBaseUrl(text: string): string {
  return text.trim().replace(/\/+$/, '');
}

/** Whether what answers here is a stand-in for Smartlead: whatever runs on this machine is not Smartlead itself. */
export function isStandIn(baseUrl: string): boolean {
  return isLoopback(new URL(baseUrl).hostname);
}

/** The base URL to use: SMARTLEAD_BASE_URL, then the rules file's, then Smartlead's own. Throws a UsageError. */
export function smartleadBaseUrl(config: { smartlead: { baseUrl: string } }, env: NodeJS.ProcessEnv): string {
  const fromEnv = tidyBaseUrl(env.SMARTLEAD_BASE_URL ?? '');
  if (fromEnv === '') return config.smartlead.baseUrl;
  const problem = baseUrlProblem(fromEnv);
  if (problem) throw new UsageError(`SMARTLEAD_BASE_URL: ${problem}`);
  return fromEnv;
}

/** The base URL to use, where that is a stand-in on this machine; undefined for Smartlead, and for a URL that cannot be used. */
export function standInUrl(config: { smartlead: { baseUrl: string } }, env: NodeJS.ProcessEnv): string | undefined {
  try {
    const baseUrl = smartleadBaseUrl(config, env);
    return isStandIn(baseUrl) ? baseUrl : undefined;
  } catch (error) {
    if (error instanceof UsageError) return undefined;
    throw error;
  }
}
