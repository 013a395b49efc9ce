import { LEAD_TABLES } from './schema-leads.js';
import { SERVICE_TABLES } from './schema-service.js';

/**
 * Numbered migrations: entry n brings a database from schema n to n + 1 (PRAGMA user_version). Released entries are
 * never edited. Column names of `leads` and `audit_logs` are a contract (docs/contract.md).
 */
export const MIGRATIONS: readonly string[] = [LEAD_TABLES + SERVICE_TABLES];
