import { webhookUrlProblem } from '../config/base-url.js';
import type { OrganizationConfig } from '../config/schema.js';
import { readSecret } from '../config/secrets.js';
import { type Finding, failed, failedBy, ok } from './finding.js';

/** Checks that each secret besides the key that the rules file names is there. Says nothing where it names none. */
export function checkSecrets({ clay, smartlead, alerts }: OrganizationConfig, env: NodeJS.ProcessEnv): Finding[] {
  const named = [
    ['clay.secret_env', clay?.secretEnv],
    ['smartlead.webhook_secret_env', smartlead.webhookSecretEnv],
    ['alerts.url_env', alerts?.urlEnv],
  ] as const;
  return named.flatMap(([setting, variable]) => {
    if (variable === undefined) return [];
    const fix = `Set ${variable}, or name a file that holds it in ${variable}_FILE.`;
    try {
      const secret = readSecret(variable, env);
      const problem = secret && setting === 'alerts.url_env' ? webhookUrlProblem(secret.value) : undefined;
      if (problem !== undefined) return [failed('secrets', `${setting}: ${variable}: ${problem}`, fix)];
      if (secret) return [ok('secrets', `${setting}: found in ${secret.from}`)];
      return [failed('secrets', `${setting}: neither ${variable} nor ${variable}_FILE is set`, fix)];
    } catch (error) {
      return [failedBy('secrets', error, fix)];
    }
  });
}
