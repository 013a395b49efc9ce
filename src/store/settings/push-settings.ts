import { z } from 'zod';
import { isoTime } from '../../clock.js';
import { read, type StoreContext, write } from '../engine/context.js';
import { auditWriter } from '../log/audit.js';

/** A setting of an organization that holds instead of the rules file's. */
export interface KeptSetting {
  /** Under the name that the rules file has for it. */
  setting: string;
  value: string | number | boolean;
  /** ISO 8601 UTC. */
  since: string;
}

/** One change, as the audit log tells it. null: the rules file's value held before, or does since. */
export interface SettingChange {
  at: string;
  setting: string;
  was: KeptSetting['value'] | null;
  now: KeptSetting['value'] | null;
}

const valueSchema = z.union([z.string(), z.number(), z.boolean()]);
const changeSchema = z.object({ setting: z.string(), was: valueSchema.nullable(), now: valueSchema.nullable() });

function keptOf({ db }: StoreContext, organization: string): KeptSetting[] {
  return db
    .prepare<[string], { setting: string; value: string; since: string }>(
      'SELECT setting, value, changed_at AS since FROM push_settings WHERE organization_id = ? ORDER BY setting',
    )
    .all(organization)
    .map((row) => ({ ...row, value: valueSchema.parse(JSON.parse(row.value)) }));
}

/** The settings that are kept for an organization. */
export async function keptSettings(store: StoreContext, organization: string): Promise<KeptSetting[]> {
  return read(store, () => keptOf(store, organization));
}

/**
 * Changes settings of an organization in one transaction, each real change with its audit row; null: back to the rules
 * file. Values are taken as they are. Returns the names of those that changed.
 */
export async function changeSettings(
  store: StoreContext,
  organization: string,
  changes: Readonly<Record<string, KeptSetting['value'] | null>>,
): Promise<string[]> {
  return write(store, () => {
    const at = isoTime(store.clock.now());
    const kept = new Map(keptOf(store, organization).map(({ setting, value }) => [setting, value]));
    const keep = store.db.prepare(
      'INSERT OR REPLACE INTO push_settings (organization_id, setting, value, changed_at) VALUES (?, ?, ?, ?)',
    );
    const drop = store.db.prepare('DELETE FROM push_settings WHERE organization_id = ? AND setting = ?');
    const audit = auditWriter(store, organization);
    const changed = Object.entries(changes).filter(([setting, now]) => (kept.get(setting) ?? null) !== now);
    for (const [setting, now] of changed) {
      if (now === null) drop.run(organization, setting);
      else keep.run(organization, setting, JSON.stringify(now), at);
      const details = { setting, was: kept.get(setting) ?? null, now, by: 'administrator' };
      audit(organization, { trigger: 'admin', action: 'setting_changed', details }, at, 'organization');
    }
    return changed.map(([setting]) => setting);
  });
}

/** The latest changes of an organization's settings, newest first. */
export async function latestSettingChanges(
  store: StoreContext,
  organization: string,
  limit: number,
): Promise<SettingChange[]> {
  return read(store, () =>
    store.db
      .prepare<[string, string, number], { details: string; at: string }>(
        `SELECT details, created_at AS at FROM audit_logs INDEXED BY audit_logs_by_entity
         WHERE entity_id = ? AND entity = 'organization' AND organization_id = ? AND action = 'setting_changed'
         ORDER BY id DESC LIMIT ?`,
      )
      .all(organization, organization, limit)
      .map(({ details, at }) => ({ at, ...changeSchema.parse(JSON.parse(details)) })),
  );
}
