/** The tables round the leads: rosters, the limit, stops, settings, suppressions, keys, events. */
export const SERVICE_TABLES = `
  -- what reconcile has read of the campaigns' rosters; emptied when it is done
  CREATE TABLE roster_readings (
    organization_id TEXT NOT NULL,
    campaign_id TEXT NOT NULL,
    key_id TEXT NOT NULL,
    host TEXT NOT NULL,
    boot_id TEXT NOT NULL,
    pid INTEGER NOT NULL,
    process_started TEXT NOT NULL,
    touched_at TEXT NOT NULL,
    started_at TEXT NOT NULL,
    next_offset INTEGER NOT NULL,
    first_total INTEGER,
    last_total INTEGER,
    ended INTEGER NOT NULL,
    PRIMARY KEY (organization_id, campaign_id)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE roster_members (
    organization_id TEXT NOT NULL,
    campaign_id TEXT NOT NULL,
    email TEXT NOT NULL,
    present INTEGER NOT NULL,
    smartlead_lead_id TEXT,
    evidence TEXT NOT NULL CHECK (evidence IN ('roster', 'look_up')),
    PRIMARY KEY (organization_id, campaign_id, email)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE rate_tokens (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    key_id TEXT NOT NULL,
    host TEXT NOT NULL,
    boot_id TEXT NOT NULL,
    pid INTEGER NOT NULL,
    process_started TEXT NOT NULL,
    taken_at TEXT NOT NULL,
    taken_steady REAL NOT NULL,
    answered_at TEXT,
    answered_steady REAL
  ) STRICT;
  CREATE INDEX rate_tokens_by_key ON rate_tokens (boot_id, key_id, answered_steady);

  CREATE TABLE stops (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    key_id TEXT NOT NULL,
    campaign_id TEXT NOT NULL,
    reason TEXT NOT NULL,
    message TEXT NOT NULL,
    -- when it was refused first, and tried last
    since TEXT NOT NULL,
    tried_at TEXT,
    until TEXT,
    boot_id TEXT NOT NULL,
    until_steady REAL
  ) STRICT;
  CREATE UNIQUE INDEX stops_by_scope ON stops (key_id, campaign_id, reason);

  -- what was set on the admin page, over the rules file; the value is JSON
  CREATE TABLE push_settings (
    organization_id TEXT NOT NULL,
    setting TEXT NOT NULL,
    value TEXT NOT NULL,
    changed_at TEXT NOT NULL,
    PRIMARY KEY (organization_id, setting)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE suppressions (
    organization_id TEXT NOT NULL,
    value TEXT NOT NULL,
    reason TEXT NOT NULL,
    source TEXT NOT NULL,
    created_at TEXT NOT NULL,
    PRIMARY KEY (organization_id, value)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE api_keys (
    id TEXT PRIMARY KEY,
    organization_id TEXT NOT NULL,
    name TEXT NOT NULL,
    hash TEXT NOT NULL UNIQUE,
    created_at TEXT NOT NULL,
    revoked_at TEXT
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE admin_links (
    hash TEXT PRIMARY KEY,
    expires_at TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE webhook_events (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    organization_id TEXT NOT NULL,
    -- empty: the delivery has no id
    delivery_id TEXT NOT NULL,
    body_hash TEXT NOT NULL,
    body TEXT NOT NULL,
    received_at TEXT NOT NULL,
    processed_at TEXT,
    result TEXT,
    -- 1: it should stop somebody, and does not say whom
    unread_stop INTEGER NOT NULL DEFAULT 0
  ) STRICT;
  CREATE UNIQUE INDEX webhook_events_known ON webhook_events (organization_id, body_hash, delivery_id);
  CREATE INDEX webhook_events_unread ON webhook_events (organization_id, received_at) WHERE unread_stop = 1;
  CREATE INDEX webhook_events_open ON webhook_events (id) WHERE processed_at IS NULL;

  -- what an alert tells about: one incident of an organization at a time
  CREATE TABLE incidents (
    organization_id TEXT PRIMARY KEY,
    began_at TEXT NOT NULL,
    ended_at TEXT,
    what TEXT NOT NULL,
    began_told_at TEXT,
    ended_told_at TEXT,
    sending_until TEXT,
    gave_up INTEGER NOT NULL,
    gave_up_at TEXT
  ) STRICT, WITHOUT ROWID;
  -- which client an organization is: its rules file, and the fingerprints of the keys that Smartlead accepted for it
  CREATE TABLE identities (
    organization_id TEXT PRIMARY KEY,
    rules_file TEXT NOT NULL,
    key_from TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE accepted_keys (
    organization_id TEXT NOT NULL,
    key_id TEXT NOT NULL,
    since TEXT NOT NULL,
    PRIMARY KEY (organization_id, key_id)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE erased (
    organization_id TEXT NOT NULL,
    hash TEXT NOT NULL,
    erased_at TEXT NOT NULL,
    PRIMARY KEY (organization_id, hash)
  ) STRICT, WITHOUT ROWID;

  -- counting a million entries of the audit log would take too long for a page
  CREATE TABLE rule_counts (
    organization_id TEXT NOT NULL,
    rule TEXT NOT NULL,
    leads INTEGER NOT NULL,
    PRIMARY KEY (organization_id, rule)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE rule_sets (
    hash TEXT PRIMARY KEY,
    organization_id TEXT NOT NULL,
    body TEXT NOT NULL,
    created_at TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
`;
