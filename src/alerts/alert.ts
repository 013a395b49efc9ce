import { isDeepStrictEqual } from 'node:util';
import prettyMs from 'pretty-ms';
import { webhookUrlProblem } from '../config/base-url.js';
import type { OrganizationConfig } from '../config/schema.js';
import { readSecret } from '../config/secrets.js';
import { UsageError } from '../errors.js';
import type { StoreContext } from '../store/engine/context.js';
import { changeIncident, endSending, type Incident, readIncident } from '../store/log/incidents.js';
import { counted } from '../text/wording.js';
import { utc } from '../text/words.js';
import { type IncidentStep, nextIncident } from './incident.js';
import { sendAlert } from './send-alert.js';
import { readSigns, type Signs } from './trouble.js';

/** Where is looked for trouble, and how whoever must know is told. */
export interface AlertSource {
  /** May be open for reading only. */
  store: StoreContext;
  /** The same, to write to; asked for only when an incident changes. */
  openForWriting(): Promise<StoreContext>;
  config: OrganizationConfig;
  env: NodeJS.ProcessEnv;
  sandbox: boolean;
}

/** What was read longer ago than this, milliseconds, decides nothing: this process may have stood still. */
const STALE_MS = 10_000;

/** The webhook's URL. Throws a UsageError, which does not hold it. */
function webhookUrl(variable: string, env: NodeJS.ProcessEnv): string {
  const secret = readSecret(variable, env);
  if (!secret) throw new UsageError(`neither ${variable} nor ${variable}_FILE is set`);
  const problem = webhookUrlProblem(secret.value);
  if (problem !== undefined) throw new UsageError(`${secret.from}: ${problem}`);
  return secret.value;
}

/** A message in plain words: what, since when, how many leads wait, and where to see more. No address, no secret. */
export function alertText(
  tell: NonNullable<IncidentStep['tell']>,
  { beganAt, endedAt, what }: Incident,
  signs: Pick<Signs, 'waiting' | 'held'>,
  { organization, sandbox }: { organization: string; sandbox: boolean },
): string {
  const flags = [sandbox ? ' --sandbox' : '', organization === 'default' ? '' : ` --org ${organization}`].join('');
  const who = `drason (${organization}${sandbox ? ', sandbox' : ''})`;
  const waiting = `${counted(signs.waiting, 'lead')} ${signs.waiting === 1 ? 'waits' : 'wait'}`;
  const more = `More: drason status${flags}`;
  if (tell === 'began') return `${who}: ${what.join('; ')}. Since ${utc(beganAt)}; ${waiting}. ${more}`;
  const end = endedAt ?? beganAt;
  const lasted = prettyMs(Math.max(0, Date.parse(end) - Date.parse(beganAt)), {
    unitCount: 2,
    secondsDecimalDigits: 0,
  });
  const gaveUp = signs.held.gave_up ?? 0;
  const lost = gaveUp > 0 ? `, ${gaveUp.toLocaleString('en')} given up` : '';
  return `${who}: it is over. From ${utc(beganAt)} to ${utc(end)} (${lasted}): ${what.join('; ')}. Now ${waiting}${lost}. ${more}`;
}

/**
 * Looks whether something is wrong, and tells whoever must know: once when an incident begins, once when it is over,
 * whichever process sees it first. Returns what kept a message from being sent, which the next look tries again. Throws
 * what the store throws.
 */
export async function lookForTrouble(source: AlertSource): Promise<string | undefined> {
  const { store, config } = source;
  const { organization, alerts } = config;
  if (!alerts) return undefined;
  const known = await readIncident(store, organization);
  const signs = await readSigns(store, organization, alerts.windowMs, known);
  if (!nextIncident(known, signs, alerts)) return undefined;
  // Who cannot send must not take the right to.
  const url = webhookUrl(alerts.urlEnv, source.env);
  const writable = await source.openForWriting();
  const step = await changeIncident(writable, organization, (now) => {
    const isStale = writable.clock.now() - signs.at > STALE_MS;
    // where another process has seen it first, it is that one's to tell
    return isStale || !isDeepStrictEqual(now, known) ? undefined : nextIncident(known, signs, alerts);
  });
  const sendingUntil = step?.incident.sendingUntil;
  if (!step?.tell || !sendingUntil) return undefined;
  const text = alertText(step.tell, step.incident, signs, { organization, sandbox: source.sandbox });
  const problem = await sendAlert(url, text);
  await endSending(writable, organization, sendingUntil, problem === undefined ? step.tell : undefined);
  return problem && `the webhook in ${alerts.urlEnv} was not reached: ${problem}`;
}

/** {@link lookForTrouble} for those whose work must not suffer: what went wrong is a sentence, not an error. */
export async function alertQuietly(source: AlertSource): Promise<string | undefined> {
  const problem = await lookForTrouble(source).catch((error: unknown) =>
    error instanceof Error ? error.message : String(error),
  );
  return problem && `an alert could not be sent: ${problem}; the next look tries again`;
}
