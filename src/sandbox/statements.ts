import type Database from 'better-sqlite3';

export interface Campaign {
  id: string;
  name: string;
  status: string;
  created_at: string;
}

/** The text fields of a lead besides its address, under Smartlead's names. */
export const LEAD_TEXT_FIELDS = [
  'first_name',
  'last_name',
  'phone_number',
  'company_name',
  'website',
  'location',
  'linkedin_profile',
  'company_url',
] as const;
type LeadTexts = Record<(typeof LEAD_TEXT_FIELDS)[number], string | null>;

export interface LeadRow extends LeadTexts {
  id: number;
  email: string;
  /** A JSON object. */
  custom_fields: string;
  created_at: string;
}

/** A lead's place in a campaign. */
export interface Membership {
  campaign_id: string;
  email: string;
  /** How often the lead was newly attached. More than 1 means that somebody would be mailed twice. */
  attachments: number;
  /** How often the lead was sent for this campaign, the first time included. */
  pushes: number;
}

export type StopKind = 'unsubscribed' | 'blocked' | 'bounced';

const MEMBERSHIP = `
  SELECT campaign_id, email, attachments, pushes FROM memberships JOIN leads ON leads.id = lead_id`;
const COLUMNS = LEAD_TEXT_FIELDS.join(', ');
const KEEP_UNLESS_SENT = LEAD_TEXT_FIELDS.map((name) => `${name} = coalesce(excluded.${name}, ${name})`).join(', ');

/** Everything that is asked of an account file, prepared once. */
export function prepareStatements(db: Database.Database) {
  return {
    addCampaign: db.prepare<[string, string, string]>(
      "INSERT OR IGNORE INTO campaigns (id, name, status, created_at) VALUES (?, ?, 'ACTIVE', ?)",
    ),
    setStatus: db.prepare<[string, string]>('UPDATE campaigns SET status = ? WHERE id = ?'),
    campaigns: db.prepare<[], Campaign>('SELECT * FROM campaigns ORDER BY rowid'),
    campaign: db.prepare<[string], Campaign>('SELECT * FROM campaigns WHERE id = ?'),

    saveLead: db.prepare<[Omit<LeadRow, 'id'>], { id: number }>(`
      INSERT INTO leads (email, ${COLUMNS}, custom_fields, created_at)
      VALUES (@email, ${LEAD_TEXT_FIELDS.map((name) => `@${name}`).join(', ')}, @custom_fields, @created_at)
      ON CONFLICT (email) DO UPDATE SET ${KEEP_UNLESS_SENT},
        custom_fields = json_patch(custom_fields, excluded.custom_fields)
      RETURNING id`),
    lead: db.prepare<[string], LeadRow>('SELECT * FROM leads WHERE email = ?'),

    attach: db.prepare<[string, number]>(`
      INSERT INTO memberships (campaign_id, lead_id, attachments, pushes) VALUES (?, ?, 1, 1)
      ON CONFLICT (lead_id, campaign_id) DO UPDATE
        SET attachments = attachments + 1, pushes = pushes + 1, removed = 0`),
    countPush: db.prepare<[string, number]>(
      'UPDATE memberships SET pushes = pushes + 1 WHERE campaign_id = ? AND lead_id = ?',
    ),
    removeLead: db.prepare<[string, string]>(
      'UPDATE memberships SET removed = 1 WHERE campaign_id = ? AND lead_id = ? AND removed = 0',
    ),
    remove: db.prepare<[string, string]>(`
      UPDATE memberships SET removed = 1
      WHERE campaign_id = ? AND lead_id = (SELECT id FROM leads WHERE email = ?)`),
    memberships: db.prepare<[], Membership>(`${MEMBERSHIP} WHERE removed = 0 ORDER BY memberships.rowid`),
    membership: db.prepare<[string, string], Membership>(
      `${MEMBERSHIP} WHERE removed = 0 AND campaign_id = ? AND email = ?`,
    ),
    campaignsOf: db.prepare<[string], Campaign>(`
      SELECT campaigns.* FROM campaigns JOIN memberships ON campaign_id = campaigns.id AND removed = 0
      JOIN leads ON leads.id = lead_id WHERE email = ? ORDER BY memberships.rowid`),
    members: db.prepare<[string, number, number], LeadRow>(`
      SELECT leads.* FROM memberships JOIN leads ON leads.id = lead_id
      WHERE campaign_id = ? AND removed = 0 ORDER BY memberships.rowid LIMIT ? OFFSET ?`),
    memberCount: db.prepare<[string], { count: number }>(
      'SELECT count(*) AS count FROM memberships WHERE campaign_id = ? AND removed = 0',
    ),

    stop: db.prepare<[string, StopKind]>('INSERT OR IGNORE INTO stop_list (email, kind) VALUES (?, ?)'),
    stopped: db.prepare<[string, StopKind]>('SELECT 1 FROM stop_list WHERE email = ? AND kind = ?'),

    credits: db.prepare<[], { credits: number | null }>('SELECT credits FROM account'),
    setCredits: db.prepare<[number | null]>('UPDATE account SET credits = ?'),
    // NULL, meaning unlimited, stays NULL when 1 is taken from it
    takeCredit: db.prepare('UPDATE account SET credits = credits - 1 WHERE credits IS NULL OR credits > 0'),

    // a hit in the future was written before the machine booted, when its steady clock started anew
    forgetHits: db.prepare<[string, number, number]>(
      'DELETE FROM rate_hits WHERE key_hash = ? AND (at <= ? OR at > ?)',
    ),
    hits: db.prepare<[string], { at: number }>('SELECT at FROM rate_hits WHERE key_hash = ? ORDER BY at'),
    addHit: db.prepare<[string, number]>('INSERT INTO rate_hits (key_hash, at) VALUES (?, ?)'),
  };
}
