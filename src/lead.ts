/** The words every room shares: what a lead is and which states it can be in. Nothing else may invent a status. */

export const STATUSES = ['HELD', 'ACTIVE', 'BLOCKED'] as const;
export type Status = (typeof STATUSES)[number];

/** Why a HELD lead is not (known to be) in its Smartlead campaign. */
export const HOLD_REASONS = [
  'no_route',
  'queued',
  'review',
  'push_failed',
  'unknown',
  'refused',
  'in_other_campaign',
  'campaign_not_found',
  'credit_limit',
  'auth',
  'gave_up',
  'removed',
] as const;
export type HoldReason = (typeof HOLD_REASONS)[number];

export const HEALTH_CLASSES = ['GREEN', 'YELLOW', 'RED'] as const;
export type HealthClass = (typeof HEALTH_CLASSES)[number];

/** What Smartlead accepts as the value of a custom field. */
export type Scalar = string | number | boolean;

/** Text fields of a lead besides its address, in the order in which drason lists them. */
export const TEXT_FIELDS = [
  'first_name',
  'last_name',
  'company',
  'persona',
  'title',
  'phone',
  'website',
  'location',
  'linkedin_url',
  'company_url',
  'source',
] as const;
export type TextField = (typeof TEXT_FIELDS)[number];

/**
 * What the row itself says of the address: `valid`; `invalid` means do not mail, `risky` means catch-all or unsure,
 * `bounced` that mail to it came back. Absent: it says nothing.
 */
export type VerifierVerdict = 'valid' | 'invalid' | 'risky' | 'bounced';

/**
 * A cell for which a person has to look at the lead: a stop sign that drason does not understand (`unclear`), a missing
 * consent, or somebody who is not there any more or never was.
 */
export interface ReviewSign {
  column: string;
  /** The cell's text, at most 200 characters of it. */
  value: string;
  why: 'unclear' | 'no_consent' | 'not_to_mail';
}

/**
 * One person as a file, the API or the store describes them. A text field that the source lacks is absent, never ''.
 * `email` is canonical (see address.ts); it may be ill-formed, which the health gate finds.
 */
export interface Lead extends Partial<Record<TextField, string>> {
  email: string;
  /** Finite; absent when the source gives none (it then counts as 0). */
  lead_score?: number;
  /** Columns that drason does not know, passed on to Smartlead. */
  custom_fields: Record<string, Scalar>;
  verifier?: VerifierVerdict;
  /** The row itself says that this person must not be mailed any more. */
  unsubscribed?: boolean;
  /** The row says that no mail to this address bounced: an earlier bounce is corrected. */
  notBounced?: boolean;
  /** A column that asks for it says that this person did not opt out. */
  notOptedOut?: string;
  /** Why a person has to look at the lead before it is sent. Absent or empty: nothing in its row asks for it. */
  review?: readonly ReviewSign[];
  /** The columns of its source, normalised, one set for all its rows; absent for a lead from the store. */
  columnsRead?: ReadonlySet<string>;
}

/** How strictly a verdict is taken where a source gives several for one address: the strictest counts. */
export const STRICTNESS: Readonly<Record<VerifierVerdict, number>> = { valid: 0, risky: 1, invalid: 2, bounced: 3 };

/** Whether a row says anything for which its lead may be stopped. */
export function hasStopSign({ unsubscribed, verifier = 'valid', review }: Lead): boolean {
  return unsubscribed === true || STRICTNESS[verifier] > 0 || (review?.length ?? 0) > 0;
}

/** Of a row that is not to change a known lead's fields, what counts all the same: its stop signs. */
export function stopSignsOf(known: Lead, { email, unsubscribed, verifier = 'valid', review = [] }: Lead): Lead {
  const signs: Lead = { email, custom_fields: {} };
  if (unsubscribed) signs.unsubscribed = true;
  if (STRICTNESS[verifier] > STRICTNESS[known.verifier ?? 'valid']) signs.verifier = verifier;
  const seen = (sign: ReviewSign) =>
    known.review?.some((old) => old.column === sign.column && old.value === sign.value);
  const more = review.filter((sign) => !seen(sign));
  if (more.length > 0) signs.review = more;
  return signs;
}

/** The score routing compares with: a lead without one counts as 0. */
export function scoreOf(lead: Pick<Lead, 'lead_score'>): number {
  return lead.lead_score ?? 0;
}
