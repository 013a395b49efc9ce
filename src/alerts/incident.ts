import { isoTime } from '../clock.js';
import type { OrganizationConfig } from '../config/schema.js';
import type { Incident } from '../store/log/incidents.js';
import { counted } from '../text/wording.js';
import { type Signs, troublesOf } from './trouble.js';

/** How an incident goes on, and which message this process is to send about it, if any. */
export interface IncidentStep {
  incident: Incident;
  tell: 'began' | 'over' | undefined;
}

/** Whoever is to send has this long, milliseconds; then others may, because it may have died. */
export const SENDING_MS = 30_000;

const NONE: Pick<Incident, 'beganToldAt' | 'endedToldAt' | 'sendingUntil'> = {
  beganToldAt: null,
  endedToldAt: null,
  sendingUntil: null,
};

function gaveUpWords(n: number): string {
  return `${counted(n, 'lead')} given up after all attempts failed (drason leads --reason gave_up)`;
}

/** Since when something is stopped; now where nothing is. */
function beganAt({ stops, at }: Signs): string {
  return [isoTime(at), ...stops.map((stop) => stop.since)].sort()[0] ?? isoTime(at);
}

/** The incident as it stands now, before anybody is told. An end that nobody was told of was none. */
function standing(known: Incident | undefined, troubles: readonly string[], signs: Signs): Incident | undefined {
  const what = [...troubles];
  const gaveUp = { gaveUp: signs.held.gave_up ?? 0, gaveUpAt: known?.gaveUpAt ?? null };
  if (troubles.length === 0) {
    if (!known) return undefined;
    const over = known.endedAt === null && !signs.unsettled;
    return { ...known, ...gaveUp, endedAt: over ? isoTime(signs.at) : known.endedAt };
  }
  const goesOn = known !== undefined && (known.endedAt === null || known.endedToldAt === null);
  if (!goesOn) return { ...NONE, ...gaveUp, what, beganAt: beganAt(signs), endedAt: null };
  return { ...known, ...gaveUp, endedAt: null, what: known.beganToldAt === null ? what : known.what };
}

/** Whether somebody is sending just now. A right that lasts longer than any comes from a stepped clock. */
function isSending({ sendingUntil }: Incident, now: number): boolean {
  const left = sendingUntil === null ? 0 : Date.parse(sendingUntil) - now;
  return left > 0 && left <= SENDING_MS;
}

function messageDue({ endedAt, beganToldAt, endedToldAt }: Incident): IncidentStep['tell'] {
  if (endedAt === null) return beganToldAt === null ? 'began' : undefined;
  return endedToldAt === null ? 'over' : undefined;
}

/**
 * What the signs make of an incident: it opens when something is wrong, goes on whatever else goes wrong meanwhile, and is
 * over when nothing is wrong any more. Leads given up open one that lasts as long as the window; those given up while one
 * stands are told of at its end. Undefined: nothing changes and nobody is to be told. Pure.
 */
export function nextIncident(
  known: Incident | undefined,
  signs: Signs,
  alerts: Pick<NonNullable<OrganizationConfig['alerts']>, 'failureRate' | 'windowMs'>,
): IncidentStep | undefined {
  const now = isoTime(signs.at);
  const gaveUp = signs.held.gave_up ?? 0;
  const more = gaveUp > (known?.gaveUp ?? 0) && known?.endedAt !== null;
  const gaveUpAt = more ? now : (known?.gaveUpAt ?? null);
  const isNew = gaveUp > 0 && gaveUpAt !== null && signs.at - Date.parse(gaveUpAt) < alerts.windowMs;
  const troubles = [...troublesOf(signs, alerts), ...(isNew ? [gaveUpWords(gaveUp)] : [])];
  const stands = standing(known, troubles, signs);
  if (!stands) return undefined;
  const incident = { ...stands, gaveUpAt };
  const due = isSending(incident, signs.at) ? undefined : messageDue(incident);
  if (due !== undefined) incident.sendingUntil = isoTime(signs.at + SENDING_MS);
  const changed = known === undefined || due !== undefined || incident.endedAt !== known.endedAt;
  return changed || incident.gaveUp !== known.gaveUp ? { incident, tell: due } : undefined;
}
