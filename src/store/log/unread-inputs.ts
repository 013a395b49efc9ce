import { read, type StoreContext } from '../engine/context.js';

/** A file that was not read to its end by the run that read it last. */
export interface UnreadInput {
  input: string;
  run_id: string;
  since: string;
}

/**
 * Inputs of an organization that were not read to their end since `since` (ISO 8601 UTC), newest first. A file is
 * judged by the run that had it last; runs that were taken back do not count.
 */
export async function unreadInputs(store: StoreContext, organization: string, since: string): Promise<UnreadInput[]> {
  return read(store, () =>
    store.db
      .prepare<[string, string], UnreadInput>(
        `WITH last AS (
           SELECT i.value AS input, max(r.seq) AS seq FROM runs r, json_each(r.inputs) i
           WHERE r.organization_id = ? AND r.started_at >= ? AND r.unread IS NOT NULL AND NOT EXISTS
             (SELECT 1 FROM audit_logs WHERE entity_id = r.id AND entity = 'run' AND action = 'discarded')
           GROUP BY 1)
         SELECT last.input, r.id AS run_id, r.started_at AS since FROM last JOIN runs r ON r.seq = last.seq
         WHERE EXISTS (SELECT 1 FROM json_each(r.unread) u WHERE u.value = last.input)
         ORDER BY r.seq DESC`,
      )
      .all(organization, since),
  );
}
