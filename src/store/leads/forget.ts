import { isoTime } from '../../clock.js';
import { TemporaryError } from '../../errors.js';
import { read, type StoreContext, write } from '../engine/context.js';
import { auditWriter } from '../log/audit.js';
import { markErased } from './erased.js';
import { mentionOf } from './mentions.js';

/** What the ledger knows of a person before they are erased. */
export interface KnownPerson {
  leadId: string;
  inFlight: boolean;
  /** Campaigns in which Smartlead has them, or may have them. */
  campaigns: string[];
}

/** Organizations that leads, suppressions or runs are kept for. */
export async function organizationsKept(store: StoreContext): Promise<string[]> {
  return read(store, () =>
    store.db
      .prepare<[], string>(
        `SELECT organization_id FROM runs UNION SELECT organization_id FROM suppressions
         UNION SELECT organization_id FROM leads ORDER BY 1`,
      )
      .pluck()
      .all(),
  );
}

/** Looks a person up. Undefined: there is no lead with this address. */
export async function findPerson(
  store: StoreContext,
  organization: string,
  email: string,
): Promise<KnownPerson | undefined> {
  return read(store, () => {
    const lead = store.db
      .prepare<
        [string, string],
        { seq: number; id: string; attempt_id: number | null; hold_reason: string | null; campaign: string | null }
      >(
        `SELECT seq, id, attempt_id, hold_reason, assigned_campaign_id AS campaign
         FROM leads WHERE organization_id = ? AND email = ?`,
      )
      .get(organization, email);
    if (!lead) return undefined;
    const proven = store.db
      .prepare<[number], string>('SELECT campaign_id FROM memberships WHERE lead_seq = ?')
      .pluck()
      .all(lead.seq);
    const perhaps = lead.campaign !== null && ['unknown', 'gave_up'].includes(lead.hold_reason ?? '');
    const campaigns = [...new Set([...proven, ...(perhaps && lead.campaign !== null ? [lead.campaign] : [])])];
    return { leadId: lead.id, inFlight: lead.attempt_id !== null, campaigns };
  });
}

/** Text columns in which an address may stand among other things, such as a message of Smartlead's. */
const MENTIONS: ReadonlyArray<[table: string, column: string]> = [
  ['audit_logs', 'details'],
  ['leads', 'last_error'],
  ['attempts', 'message'],
  ['attempts', 'answer'],
  ['stops', 'message'],
  ['refusals', 'message'],
  ['runs', 'inputs'],
  ['runs', 'summary'],
  ['suppressions', 'reason'],
  ['suppressions', 'source'],
];

/** Replaces every mention of an address, however it is spelled (see {@link mentionOf}). */
function eraseMentions({ db }: StoreContext, email: string): void {
  const mention = mentionOf(email);
  const isText = (value: unknown): value is string => typeof value === 'string';
  db.function('drason_without', (text: unknown) => (isText(text) ? mention.without(text) : null));
  db.function('drason_mentions', (text: unknown) => (isText(text) && mention.isIn(text) ? 1 : 0));
  // most texts hold no address at all, which SQLite tells much sooner
  const mentioned = (column: string) =>
    `(instr(${column}, '@') OR instr(${column}, '%40') OR instr(lower(${column}), '\\u0040')) AND drason_mentions(${column})`;
  for (const [table, column] of MENTIONS) {
    db.prepare(`UPDATE ${table} SET ${column} = drason_without(${column}) WHERE ${mentioned(column)}`).run();
  }
  db.prepare(
    `UPDATE webhook_events SET body = '{}', delivery_id = '', body_hash = 'erased ' || id, unread_stop = 0
     WHERE ${mentioned('body')}`,
  ).run();
}

/**
 * Erases a person from the tables of an organization, and the address wherever it is mentioned. The audit log keeps that
 * things happened and that they were erased. False: the lead is in flight, and nothing was done.
 */
export async function erasePerson(store: StoreContext, organization: string, email: string): Promise<boolean> {
  return write(store, () => {
    const { db } = store;
    const now = isoTime(store.clock.now());
    const lead = db
      .prepare<[string, string], { seq: number; id: string; attempt_id: number | null }>(
        'SELECT seq, id, attempt_id FROM leads WHERE organization_id = ? AND email = ?',
      )
      .get(organization, email);
    if (lead && lead.attempt_id !== null) return false;
    // the one moment in which the audit log may be changed (see its triggers)
    db.prepare("INSERT INTO about (key, value) VALUES ('erasing', '1')").run();
    if (lead) {
      db.prepare('DELETE FROM run_leads WHERE lead_seq = ?').run(lead.seq);
      db.prepare('DELETE FROM leads WHERE seq = ?').run(lead.seq);
      db.prepare(`UPDATE audit_logs SET details = '{"erased":true}' WHERE entity_id = ?`).run(lead.id);
    }
    db.prepare('DELETE FROM suppressions WHERE organization_id = ? AND value = ?').run(organization, email);
    db.prepare('DELETE FROM roster_members WHERE email = ?').run(email);
    eraseMentions(store, email);
    db.prepare("DELETE FROM about WHERE key = 'erasing'").run();
    const hash = markErased(store, organization, email, now);
    const audit = auditWriter(store, organization);
    audit(lead?.id ?? hash, { trigger: 'forget', action: 'erased', details: {} }, now, lead ? 'lead' : 'person');
    return true;
  });
}

/**
 * Writes the database anew, so that nothing of what was deleted can be read from free pages or from the write-ahead log.
 * Throws a TemporaryError when others keep it from doing so.
 */
export async function wipeFreeSpace(store: StoreContext): Promise<void> {
  const busy = read(store, () => {
    store.db.exec('VACUUM');
    return store.db.prepare<[], { busy: number }>('PRAGMA wal_checkpoint(TRUNCATE)').get()?.busy;
  });
  if (busy === 0) return;
  throw new TemporaryError(
    'erased, but traces may still be read from the database files: another program is reading from them',
    'Run the same command again when it has finished.',
  );
}
