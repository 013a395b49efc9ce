import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { DrasonError, UsageError } from '../errors.js';
import { type GateSettings, makeGate } from '../health/gate.js';
import { MAPPABLE_FIELDS } from '../intake/aliases.js';
import { passedOverTexts } from '../intake/passed-over.js';
import {
  InputBroken,
  type IntakeOptions,
  type MappableField,
  type OpenInput,
  openInputs,
} from '../intake/read-leads.js';
import { createRejectsWriter, type RejectsWriter } from '../intake/rejects.js';
import { SIGN_FIELDS, type SignField, type SignFields } from '../intake/stop-signs/sign-fields.js';
import type { Output } from '../output-file.js';
import type { Lacking } from '../routing/near-miss.js';
import type { StoreContext } from '../store/engine/context.js';
import { counted, didYouMean } from '../text/wording.js';
import { addressFault, namesErased } from './to-correct.js';

/** The lead files of one ingest, opened and checked. */
export interface LeadFiles {
  inputs: OpenInput[];
  /** Begins again from the first row of each: the inputs were read through once already. */
  rewind(): Promise<void>;
  close(): Promise<void>;
}

/** What the user said about reading, as the command line gives it. */
export interface ReadingOptions {
  map: readonly string[];
  delimiter?: string | undefined;
  encoding?: string | undefined;
  /** The sheet of a workbook. */
  sheet?: string | undefined;
  /** Domains will do instead of addresses. */
  domains?: boolean | undefined;
  source?: string | undefined;
  limit?: number | undefined;
  /** What the one file is called where its path says nothing. */
  shownAs?: string | undefined;
  /** The file lists people who must not be mailed, so a column that says so of everybody is believed. */
  trusted?: boolean | undefined;
  /** Set: the input will be read twice, so stdin is kept in a file meanwhile. */
  maxErrors?: string | undefined;
}

/** What every reading of lead files takes from the rules file. */
export interface ReadingConfig {
  fields: Record<string, string>;
  signFields: SignFields;
  customFields: IntakeOptions['customFields'];
}

function isSignField(name: string): name is SignField {
  return SIGN_FIELDS.some((field) => field === name);
}

function isField(name: string): name is MappableField {
  return MAPPABLE_FIELDS.some((field) => field === name);
}

/** Reads `--map field="Column"`. */
function parseMap(entries: readonly string[]): { map: IntakeOptions['map']; signs: SignFields } {
  const map: IntakeOptions['map'] = {};
  const signs: Record<SignField, string[]> = { unsubscribed: [], bounced: [], verifier: [], ignore: [] };
  for (const entry of entries) {
    const equals = entry.indexOf('=');
    const field = entry.slice(0, Math.max(0, equals)).trim();
    const column = entry.slice(equals + 1).trim();
    if (equals < 1 || column === '') {
      throw new UsageError(`--map ${entry}: expected field="Column"`, 'For example: --map email="Work Email"');
    }
    if (isSignField(field)) {
      signs[field].push(column);
      continue;
    }
    if (!isField(field)) {
      throw new UsageError(
        `--map ${entry}: there is no field ${field}${didYouMean(field, ALL_FIELDS)}`,
        `Fields: ${ALL_FIELDS.join(', ')}`,
      );
    }
    map[field] = column;
  }
  return { map, signs };
}

function intakeOptions(config: ReadingConfig, reading: ReadingOptions): IntakeOptions {
  const fields: IntakeOptions['fields'] = {};
  for (const [field, column] of Object.entries(config.fields)) if (isField(field)) fields[field] = column;
  const { map, signs } = parseMap(reading.map);
  return {
    map,
    fields,
    signs: { map: signs, fields: config.signFields },
    ...(reading.trusted ? { trusted: true } : {}),
    customFields: config.customFields,
    ...(reading.delimiter === undefined ? {} : { delimiter: reading.delimiter }),
    ...(reading.encoding === undefined ? {} : { encoding: reading.encoding }),
    ...(reading.sheet === undefined ? {} : { sheet: reading.sheet }),
    ...(reading.domains === undefined ? {} : { domains: reading.domains }),
    ...(reading.source === undefined ? {} : { source: reading.source }),
    ...(reading.shownAs === undefined ? {} : { shownAs: reading.shownAs }),
    ...(reading.limit === undefined ? {} : { limit: reading.limit }),
  };
}

/** Everything that `--map` takes. */
export const ALL_FIELDS: readonly string[] = [...MAPPABLE_FIELDS, ...SIGN_FIELDS];

/** What a run says of what a file holds besides its rows, a line each. */
export function passedOverNotes({ plan, passedOver }: OpenInput): string[] {
  const name = plan.name === '-' ? 'stdin' : plan.name;
  return passedOverTexts(passedOver()).map((what) => `${name}: passed over ${what}`);
}

/** The fields a rule looks at that no column of these tables gives. Of JSON only the first rows are known: it lacks nothing. */
export function lackingIn(inputs: ReadonlyArray<Pick<OpenInput, 'plan'>>): Lacking {
  const lacks = (field: 'persona' | 'lead_score') =>
    inputs.every(
      ({ plan }) =>
        (plan.format === 'csv' || plan.format === 'xlsx') && !plan.mapping.some((mapped) => mapped.field === field),
    );
  return { persona: lacks('persona'), lead_score: lacks('lead_score') };
}

const SPOOL = join(tmpdir(), 'drason-');

/** Opens and checks the lead files before the first is used. Throws a UsageError for one that cannot be used. */
export async function openLeadFiles(
  names: readonly string[],
  config: ReadingConfig,
  reading: ReadingOptions,
  stdin: Readable,
): Promise<LeadFiles> {
  const options = intakeOptions(config, reading);
  const spool = reading.maxErrors !== undefined && names.includes('-') ? await mkdtemp(SPOOL) : undefined;
  const kept = spool === undefined ? undefined : join(spool, 'stdin');
  const open = () => openInputs([...names], options, kept === undefined ? stdin : createReadStream(kept));
  const removeSpool = async () => {
    if (spool !== undefined) await rm(spool, { recursive: true, force: true });
  };
  try {
    if (kept !== undefined) await pipeline(stdin, createWriteStream(kept));
    const files: LeadFiles = {
      inputs: await open(),
      async rewind() {
        await Promise.all(files.inputs.map((input) => input.close()));
        files.inputs = await open();
      },
      async close() {
        await Promise.all(files.inputs.map((input) => input.close()));
        await removeSpool();
      },
    };
    return files;
  } catch (error) {
    await removeSpool();
    throw error;
  }
}

/** What counting rejected rows needs besides the files. */
export interface ErrorCheck {
  /** A number, or a percentage of the rows. */
  maxErrors: string;
  rejects: Output | undefined;
  config: { organization: string; health: GateSettings };
  /** The database, if there is one already: it knows who was erased. */
  store: () => Promise<StoreContext | undefined>;
}

/**
 * Reads everything through once and counts rejected rows. Throws (exit 6) when there are more than `maxErrors` says; the
 * rejects file is then written all the same. Else the files are rewound.
 */
export async function checkErrors(files: LeadFiles, check: ErrorCheck): Promise<void> {
  const { maxErrors } = check;
  const share = maxErrors.endsWith('%');
  const allowed = Number.parseFloat(maxErrors);
  const rejects = check.rejects && createRejectsWriter(check.rejects, files.inputs);
  let counts: { rows: number; rejected: number };
  let written = 0;
  try {
    counts = await countRejected(files, check, rejects);
    const { rows, rejected } = counts;
    if (share ? rejected * 100 <= allowed * rows : rejected <= allowed) return await files.rewind();
    written = (await rejects?.close()) ?? 0;
  } finally {
    await rejects?.discard();
  }
  throw new DrasonError(
    6,
    `${counts.rejected} of ${counted(counts.rows, 'row')} would be rejected, more than --max-errors ${maxErrors}; nothing was stored or pushed`,
    written > 0 ? `The rows to correct are in ${check.rejects?.file}.` : 'Add --rejects FILE to see them.',
  );
}

async function countRejected(
  files: LeadFiles,
  { config, store }: ErrorCheck,
  rejects: RejectsWriter | undefined,
): Promise<{ rows: number; rejected: number }> {
  const gate = makeGate(config.health);
  const counts = { rows: 0, rejected: 0 };
  let known: Promise<StoreContext | undefined> | undefined;
  try {
    for (const input of files.inputs) {
      for await (const batch of input.rows()) {
        counts.rows += batch.length;
        for (const row of batch) {
          const reason = row.kind === 'rejected' ? row.reason : rejects && addressFault(gate(row.lead));
          if (reason === undefined) continue;
          known ??= store();
          const erasedIn = await known;
          if (erasedIn && (await namesErased(erasedIn, config.organization, row.raw))) continue;
          if (row.kind === 'rejected') counts.rejected++;
          await rejects?.write({ line: row.line, reason, raw: row.raw });
        }
      }
    }
  } catch (error) {
    // What broke off is met again, and reported, when the rows before it are taken in.
    if (!(error instanceof InputBroken)) throw error;
  }
  return counts;
}
