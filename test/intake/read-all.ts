import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach } from 'vitest';
import {
  type InputPlan,
  type IntakeOptions,
  type LeadRow,
  openInputs,
  type RejectedRow,
} from '../../src/intake/read-leads.js';
import type { Lead } from '../../src/lead.js';

export const FIXTURES = new URL('../../fixtures/leads/', import.meta.url).pathname;

export interface ReadResult {
  plan: InputPlan;
  rows: (LeadRow | RejectedRow)[];
  leads: Lead[];
  rejected: RejectedRow[];
  /** Lines below the table that were passed over. */
  below: number;
  /** People in lists that were passed over. */
  further: number;
  /** What rows() threw after the rows. */
  failure: unknown;
}

export function intakeOptions(change: Partial<IntakeOptions> = {}): IntakeOptions {
  return { map: {}, fields: {}, customFields: 'all', ...change };
}

/** Reads one file to its end. */
export async function readFileAll(file: string, change: Partial<IntakeOptions> = {}): Promise<ReadResult> {
  const [input] = await openInputs([file], intakeOptions(change), Readable.from([]));
  if (!input) throw new Error('no input');
  const rows: (LeadRow | RejectedRow)[] = [];
  let failure: unknown;
  try {
    for await (const batch of input.rows()) rows.push(...batch);
  } catch (error) {
    failure = error;
  }
  // The set of the input's columns is for merging with what is known; it is no part of what a row says.
  const leads = rows.flatMap((row) => {
    if (row.kind !== 'lead') return [];
    const { columnsRead: _, ...lead } = row.lead;
    return [lead];
  });
  const rejected = rows.flatMap((row) => (row.kind === 'rejected' ? [row] : []));
  const { belowTable, furtherContacts } = input.passedOver();
  return { plan: input.plan, rows, leads, rejected, below: belowTable, further: furtherContacts, failure };
}

/** Reads a text as a file. */
export function readText(text: string | Buffer, change: Partial<IntakeOptions> = {}): Promise<ReadResult> {
  return readFileAll(tempFile('leads.csv', text), change);
}

const folders: string[] = [];

/** Writes a file that is removed after the test. */
export function tempFile(name: string, content: string | Buffer): string {
  const file = join(tempFolder(), name);
  writeFileSync(file, content);
  return file;
}

export function tempFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'drason-intake-'));
  folders.push(folder);
  return folder;
}

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});
