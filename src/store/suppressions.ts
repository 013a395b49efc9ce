import type { StoreContext } from './context.js';

/** An address, host and its parent domains, in the order in which a suppression may name them. */
function namesOf(email: string): string[] {
  const names = [email];
  let domain = email.slice(email.lastIndexOf('@') + 1);
  while (domain.includes('.')) {
    names.push(domain);
    domain = domain.slice(domain.indexOf('.') + 1);
  }
  return names;
}

/** Looks addresses up among the suppressions of an organization: the reason, or undefined. */
export function suppressionLookup({ db }: StoreContext, organization: string): (email: string) => string | undefined {
  const any = db.prepare<[string], { found: number }>(
    'SELECT 1 AS found FROM suppressions WHERE organization_id = ? LIMIT 1',
  );
  const one = db.prepare<[string, string], { reason: string }>(
    'SELECT reason FROM suppressions WHERE organization_id = ? AND value = ?',
  );
  return (email) => {
    if (any.get(organization) === undefined) return undefined;
    for (const name of namesOf(email)) {
      const hit = one.get(organization, name);
      if (hit) return hit.reason;
    }
    return undefined;
  };
}

/** Prepares the statement that suppresses one address for good. The first reason stays. */
export function suppressionWriter({ db }: StoreContext, organization: string) {
  const insert = db.prepare<[string, string, string, string, string]>(
    `INSERT INTO suppressions (organization_id, value, reason, source, created_at) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT DO NOTHING`,
  );
  return (email: string, reason: string, source: string, at: string): void => {
    insert.run(organization, email, reason, source, at);
  };
}
