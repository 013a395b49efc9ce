import type { RowFate, RowResult } from './add-leads.js';
import { html, json, type Reply, text } from './reply.js';

/**
 * How "add leads" answers a 200: `live` as real accounts do; `counts` and `lists` without the map of ids, `counts`
 * with numbers where `lists` has arrays of addresses; `documented` as the vendor's documentation has it; `text`,
 * `empty` and `html` without any evidence.
 */
export const ANSWER_SHAPES = ['live', 'counts', 'lists', 'documented', 'text', 'empty', 'html'] as const;
export type AnswerShape = (typeof ANSWER_SHAPES)[number];

/** What an ill-formed address leads to: a counter in a 200, or a 400 for the whole batch that names its row or doesn't. */
export const INVALID_MODES = ['count', 'reject', 'reject-unnamed'] as const;
export type InvalidMode = (typeof INVALID_MODES)[number];

const NO_CREDITS = 'Lead limit exhausted. Please upgrade your plan to add more leads.';

/** Says in one of the shapes what became of the rows. The map of ids is given only when it was asked for. */
export function answerAddLeads(shape: AnswerShape, rows: RowResult[], withIds: boolean): Reply {
  switch (shape) {
    case 'live':
      return json(200, { ...counters(rows, 'lists'), ...(withIds && { emailToLeadIdMap: idMap(rows) }) });
    case 'lists':
    case 'counts':
      return json(200, counters(rows, shape));
    case 'documented':
      return json(200, documented(rows));
    case 'text':
      return text(200, 'success');
    case 'empty':
      return text(200, '');
    case 'html':
      return html(200, 'OK');
  }
}

function counters(rows: RowResult[], shape: 'lists' | 'counts') {
  const emails = (fate: RowFate) => rows.filter((row) => row.fate === fate).map((row) => row.email);
  const count = (fate: RowFate) => emails(fate).length;
  const noted = shape === 'lists' ? emails : count;
  const stopped = count('stopped');
  return {
    ok: stopped === 0,
    upload_count: rows.length,
    total_leads: count('added'),
    already_added_to_campaign: count('existing'),
    duplicate_count: count('duplicate'),
    invalid_email_count: count('invalid'),
    invalid_emails: noted('invalid'),
    unsubscribed_leads: noted('unsubscribed'),
    block_count: count('blocked'),
    bounce_count: count('bounced'),
    skipped_in_other_campaign_count: count('elsewhere'),
    is_lead_limit_exhausted: stopped > 0,
    lead_import_stopped_count: stopped,
    ...(stopped > 0 && { error: NO_CREDITS }),
  };
}

function idMap(rows: RowResult[]) {
  const ids = (fate: RowFate) =>
    Object.fromEntries(rows.filter((row) => row.fate === fate).map((row) => [row.email, String(row.leadId)]));
  return {
    newlyAddedLeads: ids('added'),
    existingLeads: ids('existing'),
    existingLeadsInOtherCampaigns: ids('elsewhere'),
  };
}

const REASONS: Record<Exclude<RowFate, 'added'>, string> = {
  existing: 'Lead already exists in campaign',
  duplicate: 'Duplicate lead in request',
  invalid: 'Invalid email',
  unsubscribed: 'Lead is unsubscribed',
  blocked: 'Lead is in the global block list',
  bounced: 'Lead has bounced',
  elsewhere: 'Lead exists in another campaign',
  stopped: 'Lead limit exhausted',
};

function documented(rows: RowResult[]) {
  const skipped = rows.flatMap(({ email, fate }) => (fate === 'added' ? [] : [{ email, reason: REASONS[fate] }]));
  return {
    success: true,
    added_count: rows.length - skipped.length,
    skipped_count: skipped.length,
    skipped_leads: skipped,
  };
}
