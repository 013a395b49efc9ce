import { systemClock } from '../../clock.js';
import { standInUrl } from '../../config/base-url.js';
import type { OrganizationConfig } from '../../config/schema.js';
import type { IntakeRow, LeadRow } from '../../intake/rows.js';
import type { HealthClass } from '../../lead.js';
import { makeDecider } from '../../pipeline/decide.js';
import { reasonOf } from '../../pipeline/explain.js';
import { type Decided, type Ingest, ingestLeads } from '../../pipeline/ingest-leads.js';
import type { LeadFiles } from '../../pipeline/lead-files.js';
import type { RunSummary } from '../../pipeline/summary.js';
import { closeStore, openScratchStore } from '../../store/engine/open.js';
import { HOLD_TEXT } from '../../text/hold-reasons.js';
import type { Desk } from '../desk.js';

/** How a file is to be taken in. */
export type TakeInChoice = Pick<Ingest, 'again' | 'onExisting'>;

/** What would become of one row. */
export interface PreviewRow {
  line: number;
  email: string | undefined;
  health: HealthClass | undefined;
  /** Such as `to campaign 123456`. */
  decision: string;
  reason: string;
}

/** So many rows are decided for the page. */
export const PREVIEW_ROWS = 100;

function decisionWords({ state }: Decided['taken']): string {
  if (state.status === 'BLOCKED') return 'blocked';
  if (state.status === 'ACTIVE') return `active in campaign ${state.assigned_campaign_id}`;
  if (state.hold_reason === 'queued') return `to campaign ${state.assigned_campaign_id}`;
  return state.hold_reason === 'no_route' ? 'to the holding pool' : `held: ${HOLD_TEXT[state.hold_reason ?? 'queued']}`;
}

const decidedRow = ({ line, taken }: Decided): PreviewRow => ({
  line,
  email: taken.lead.email,
  health: taken.decision.health.classification,
  decision: decisionWords(taken),
  reason: reasonOf(taken.decision),
});

const plainRow = (row: IntakeRow): PreviewRow =>
  row.kind === 'rejected'
    ? { line: row.line, email: undefined, health: undefined, decision: 'rejected', reason: row.reason }
    : {
        line: row.line,
        email: row.lead.email,
        health: undefined,
        decision: 'duplicate',
        reason: 'the address came earlier in this file',
      };

const illFormedRow = ({ line, lead }: LeadRow, reason: string): PreviewRow => ({
  line,
  email: lead.email,
  health: 'RED',
  decision: 'blocked',
  reason,
});

/** Decides about the rows of opened files, which were opened with a limit: nothing is stored or sent. */
export async function previewRows(
  desk: Desk,
  config: OrganizationConfig,
  files: LeadFiles,
): Promise<{ rows: PreviewRow[]; summary: RunSummary }> {
  const rows: PreviewRow[] = [];
  const store = await openScratchStore(systemClock);
  const nothing = () => {};
  try {
    const summary = await ingestLeads(
      {
        store,
        clock: systemClock,
        config,
        decider: makeDecider(config),
        smartlead: 'nothing is pushed',
        push: false,
        dryRun: true,
        sandbox: desk.sandbox !== undefined || standInUrl(config, desk.env) !== undefined,
        maxWaitMs: 0,
        stopping: new AbortController().signal,
        signal: () => undefined,
        report: { pushing: nothing, settled: nothing, waiting: nothing, progress: nothing },
      },
      {
        inputs: files.inputs,
        again: false,
        onExisting: 'update',
        rejects: undefined,
        knownIn: desk.store,
        wouldPush: true,
        onRejected: (_file, row) => void rows.push(plainRow(row)),
        onDuplicate: (_file, row, fault) =>
          void rows.push(fault === undefined ? plainRow(row) : illFormedRow(row, fault)),
        onDecided: async (decided) => void rows.push(...decided.map(decidedRow)),
      },
    );
    return { rows: rows.sort((a, b) => a.line - b.line), summary };
  } finally {
    closeStore(store);
  }
}
