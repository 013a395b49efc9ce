// The bare loop: csv-parse to objects, one lead and one audit row each, 5,000 rows a transaction, as durable as drason.
// No check, no rule, no look-up, no index beyond the primary keys.
import { createReadStream } from 'node:fs';
import BetterSqlite3 from 'better-sqlite3';
import { parse } from 'csv-parse';

const [file = '', database = ''] = process.argv.slice(2);
const db = new BetterSqlite3(database);
db.exec(`
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  CREATE TABLE leads (id TEXT PRIMARY KEY, email TEXT, first_name TEXT, last_name TEXT, company TEXT, persona TEXT,
    lead_score REAL, phone TEXT, website TEXT, location TEXT, linkedin_url TEXT, status TEXT, created_at TEXT);
  CREATE TABLE audit_logs (id INTEGER PRIMARY KEY, entity_id TEXT, action TEXT, details TEXT, created_at TEXT);
`);
const insertLead = db.prepare('INSERT INTO leads VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)');
const insertAudit = db.prepare('INSERT INTO audit_logs (entity_id, action, details, created_at) VALUES (?, ?, ?, ?)');

const records: AsyncIterable<Record<string, string>> = createReadStream(file).pipe(parse({ columns: true }));
let rows = 0;
db.exec('BEGIN');
for await (const r of records) {
  rows++;
  const id = `00000000-0000-7000-8000-${String(rows).padStart(12, '0')}`;
  const now = new Date().toISOString();
  insertLead.run(
    ...[id, r.email, r.first_name, r.last_name, r.company, r.persona, Number(r.lead_score)],
    ...[r.phone, r.website, r.location, r.linkedin_url, 'HELD', now],
  );
  insertAudit.run(id, 'assigned', JSON.stringify({ file, line: rows + 1 }), now);
  if (rows % 5000 === 0) db.exec('COMMIT; BEGIN');
}
db.exec('COMMIT');
db.close();
