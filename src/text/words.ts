import ms from 'ms';

/** A time as people read it: `2026-03-01 07:00:34 UTC`. */
export function utc(iso: string): string {
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/.test(iso) ? `${iso.slice(0, 19).replace('T', ' ')} UTC` : iso;
}

/** How far off a time is: ` (in 26 seconds)`; nothing once it has come. */
export function howFar(iso: string, now: number): string {
  const left = Date.parse(iso) - now;
  return left > 0 ? ` (in ${ms(Math.ceil(left / 1000) * 1000, { long: true })})` : '';
}

/** From when on something may happen; `from now on` where its time has come, or none is set. */
export function fromWhen(iso: string | null, now: number): string {
  if (iso === null || Date.parse(iso) <= now) return 'from now on';
  return `from ${utc(iso)} on${howFar(iso, now)}`;
}

/** A campaign by id, and by name where it is known. */
export function campaignWords(id: string, names: ReadonlyMap<string, string>): string {
  const name = names.get(id);
  return name === undefined ? `campaign ${id}` : `campaign ${id} (${name})`;
}

const EVIDENCE: Record<string, string> = {
  id_map: "Smartlead's answer lists it with its id",
  list: "Smartlead's answer names it as a member of the campaign",
  counters: "the counters of Smartlead's answer account for every lead of the request",
  roster: "the campaign's roster has it",
  look_up: 'asked about it, Smartlead named the campaign',
};

/** What proved a membership, as half a sentence. */
export function evidenceWords(evidence: string): string {
  return EVIDENCE[evidence] ?? `evidence: ${evidence}`;
}

/** A file as people know it. */
export function fileWords(file: string): string {
  return file === '-' ? 'standard input' : file;
}

/** With a capital letter and a full stop, unless it ends in some mark already. */
export function sentence(text: string): string {
  const begun = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?…:]$/.test(begun) ? begun : `${begun}.`;
}
