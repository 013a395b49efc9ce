/** The tables of runs, leads, attempts and what became of them. Columns of `leads` and `audit_logs` are a contract. */
export const LEAD_TABLES = `
  CREATE TABLE about (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

  CREATE TABLE runs (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    organization_id TEXT NOT NULL,
    command TEXT NOT NULL,
    inputs TEXT NOT NULL,
    host TEXT NOT NULL,
    boot_id TEXT NOT NULL,
    pid INTEGER NOT NULL,
    process_started TEXT NOT NULL,
    started_at TEXT NOT NULL,
    ended_at TEXT,
    exit_code INTEGER,
    summary TEXT,
    -- a JSON list: which of the inputs were not read to their end, or not yet; NULL for a run that reads none
    unread TEXT
  ) STRICT;

  -- checks with OR: for a list of three or more, IN builds a table at every insert, a quarter of its time
  -- AUTOINCREMENT: the number of a lead that was erased must never be another's, or a late answer would be, too
  CREATE TABLE leads (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    organization_id TEXT NOT NULL,
    email TEXT NOT NULL,
    first_name TEXT,
    last_name TEXT,
    company TEXT,
    persona TEXT,
    title TEXT,
    phone TEXT,
    website TEXT,
    location TEXT,
    linkedin_url TEXT,
    company_url TEXT,
    lead_score ANY,
    source TEXT,
    custom_fields TEXT,
    verifier TEXT,
    review_signs TEXT,
    status TEXT NOT NULL CHECK (status = 'HELD' OR status = 'ACTIVE' OR status = 'BLOCKED'),
    hold_reason TEXT CHECK ((status = 'HELD') = (hold_reason IS NOT NULL)),
    health_classification TEXT NOT NULL,
    health_score INTEGER NOT NULL,
    assigned_campaign_id TEXT,
    push_attempts INTEGER NOT NULL,
    next_attempt_at TEXT,
    last_error TEXT,
    smartlead_lead_id TEXT,
    first_run_seq INTEGER NOT NULL,
    run_seq INTEGER NOT NULL,
    push_run_seq INTEGER,
    push_group INTEGER,
    push_step TEXT NOT NULL
      CHECK (push_step = 'push' OR push_step = 'roster' OR push_step = 'push_again' OR push_step = 'look_up'),
    attempt_id INTEGER,
    waiting_since TEXT,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX leads_by_email ON leads (organization_id, email);
  CREATE INDEX leads_by_status ON leads (organization_id, status, hold_reason);
  CREATE INDEX leads_by_run ON leads (run_seq, hold_reason);
  CREATE INDEX leads_due ON leads (push_run_seq, assigned_campaign_id, next_attempt_at, updated_at)
    WHERE next_attempt_at IS NOT NULL AND push_group IS NULL;
  CREATE INDEX leads_due_groups ON leads (push_run_seq, push_group, next_attempt_at, updated_at)
    WHERE next_attempt_at IS NOT NULL AND push_group IS NOT NULL;
  CREATE INDEX leads_in_flight ON leads (attempt_id) WHERE attempt_id IS NOT NULL;
  -- covers what is asked about the queue: counting a million leads that wait must not read their rows
  CREATE INDEX leads_waiting ON leads
    (organization_id, hold_reason, assigned_campaign_id, waiting_since, next_attempt_at, attempt_id, updated_at)
    WHERE waiting_since IS NOT NULL;

  -- ids rise without AUTOINCREMENT, too: no row is ever deleted
  CREATE TABLE audit_logs (
    id INTEGER PRIMARY KEY,
    organization_id TEXT NOT NULL,
    entity TEXT NOT NULL,
    entity_id TEXT NOT NULL,
    trigger TEXT NOT NULL,
    action TEXT NOT NULL,
    details TEXT NOT NULL,
    created_at TEXT NOT NULL
  ) STRICT;
  CREATE INDEX audit_logs_by_entity ON audit_logs (entity_id);
  CREATE TRIGGER audit_logs_no_update BEFORE UPDATE ON audit_logs
    WHEN NOT EXISTS (SELECT 1 FROM about WHERE key = 'erasing')
    BEGIN SELECT RAISE(ABORT, 'audit_logs is append-only'); END;
  CREATE TRIGGER audit_logs_no_delete BEFORE DELETE ON audit_logs
    BEGIN SELECT RAISE(ABORT, 'audit_logs is append-only'); END;
  CREATE TRIGGER audit_logs_no_replace BEFORE INSERT ON audit_logs
    WHEN EXISTS (SELECT 1 FROM audit_logs WHERE id = NEW.id)
    BEGIN SELECT RAISE(ABORT, 'audit_logs is append-only'); END;

  CREATE TABLE run_leads (
    run_seq INTEGER NOT NULL,
    lead_seq INTEGER NOT NULL,
    already_active INTEGER NOT NULL,
    PRIMARY KEY (run_seq, lead_seq)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE attempts (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    organization_id TEXT NOT NULL,
    run_seq INTEGER NOT NULL,
    key_id TEXT NOT NULL,
    campaign_id TEXT NOT NULL,
    step TEXT NOT NULL,
    push_group INTEGER,
    lead_count INTEGER NOT NULL,
    host TEXT NOT NULL,
    boot_id TEXT NOT NULL,
    pid INTEGER NOT NULL,
    process_started TEXT NOT NULL,
    claimed_at TEXT NOT NULL,
    lease_until TEXT NOT NULL,
    lease_steady REAL NOT NULL,
    settled_at TEXT,
    outcome TEXT,
    http_status INTEGER,
    message TEXT,
    answer TEXT,
    proven INTEGER NOT NULL DEFAULT 0,
    failed INTEGER NOT NULL DEFAULT 0
  ) STRICT;
  CREATE INDEX attempts_by_time ON attempts (organization_id, settled_at) WHERE settled_at IS NOT NULL;
  CREATE INDEX attempts_open ON attempts (id) WHERE outcome IS NULL;

  CREATE TABLE campaigns (
    organization_id TEXT NOT NULL,
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    status TEXT,
    seen_at TEXT NOT NULL,
    PRIMARY KEY (organization_id, id)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE memberships (
    lead_seq INTEGER NOT NULL,
    campaign_id TEXT NOT NULL,
    smartlead_lead_id TEXT,
    evidence TEXT NOT NULL,
    attempt_id INTEGER,
    proven_at TEXT NOT NULL,
    PRIMARY KEY (lead_seq, campaign_id)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX memberships_by_campaign ON memberships (campaign_id, lead_seq);
  CREATE TRIGGER memberships_go_with_the_lead AFTER DELETE ON leads
    BEGIN DELETE FROM memberships WHERE lead_seq = OLD.seq; DELETE FROM refusals WHERE lead_seq = OLD.seq; END;

  CREATE TABLE refusals (
    organization_id TEXT NOT NULL,
    campaign_id TEXT NOT NULL,
    lead_seq INTEGER NOT NULL,
    message TEXT NOT NULL,
    push_attempts INTEGER NOT NULL,
    accepted_since INTEGER NOT NULL,
    refused_at TEXT NOT NULL,
    PRIMARY KEY (organization_id, campaign_id, lead_seq)
  ) STRICT, WITHOUT ROWID;
`;
