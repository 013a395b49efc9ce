import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { DrasonError, UsageError } from '../errors.js';
import { MAPPABLE_FIELDS } from '../intake/aliases.js';
import {
  InputBroken,
  type IntakeOptions,
  type MappableField,
  type OpenInput,
  openInputs,
} from '../intake/read-leads.js';
import { createRejectsWriter } from '../intake/rejects.js';
import { counted, didYouMean } from '../wording.js';

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
  /** Set: the input will be read twice, so stdin is kept in a file meanwhile. */
  maxErrors?: string | undefined;
}

function isField(name: string): name is MappableField {
  return MAPPABLE_FIELDS.some((field) => field === name);
}

/** Reads `--map field="Column"`. */
function parseMap(entries: readonly string[]): IntakeOptions['map'] {
  const map: IntakeOptions['map'] = {};
  for (const entry of entries) {
    const equals = entry.indexOf('=');
    const field = entry.slice(0, Math.max(0, equals)).trim();
    const column = entry.slice(equals + 1).trim();
    if (equals < 1 || column === '') {
      throw new UsageError(`--map ${entry}: expected field="Column"`, 'For example: --map email="Work Email"');
    }
    if (!isField(field)) {
      throw new UsageError(
        `--map ${entry}: there is no field ${field}${didYouMean(field, MAPPABLE_FIELDS)}`,
        `Fields: ${MAPPABLE_FIELDS.join(', ')}`,
      );
    }
    map[field] = column;
  }
  return map;
}

function intakeOptions(
  config: { fields: Record<string, string>; customFields: IntakeOptions['customFields'] },
  reading: ReadingOptions,
): IntakeOptions {
  const fields: IntakeOptions['fields'] = {};
  for (const [field, column] of Object.entries(config.fields)) if (isField(field)) fields[field] = column;
  return {
    map: parseMap(reading.map),
    fields,
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

/** What a run says of the lines below a file's last lead; undefined when there are none. */
export function belowTable({ plan, below }: OpenInput): string | undefined {
  const lines = below();
  if (lines === 0) return undefined;
  const name = plan.name === '-' ? 'stdin' : plan.name;
  const were = lines === 1 ? 'was' : 'were';
  return `${name}: ${counted(lines, 'line')} after the table without an address ${were} passed over`;
}

const SPOOL = join(tmpdir(), 'drason-');

/** Opens and checks the lead files before the first is used. Throws a UsageError for one that cannot be used. */
export async function openLeadFiles(
  names: readonly string[],
  config: { fields: Record<string, string>; customFields: IntakeOptions['customFields'] },
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

/**
 * Reads everything through once and counts rejected rows. Throws (exit 6) when there are more than `maxErrors` says, a
 * number or a percentage of the rows; the rejects file is then written all the same. Else the files are rewound.
 */
export async function checkErrors(files: LeadFiles, maxErrors: string, rejectsFile: string | undefined): Promise<void> {
  const share = maxErrors.endsWith('%');
  const allowed = Number.parseFloat(maxErrors);
  const rejects = rejectsFile === undefined ? undefined : createRejectsWriter(rejectsFile, files.inputs);
  let rows = 0;
  let rejected = 0;
  try {
    for (const input of files.inputs) {
      for await (const batch of input.rows()) {
        rows += batch.length;
        for (const row of batch) {
          if (row.kind !== 'rejected') continue;
          rejected++;
          await rejects?.write(row);
        }
      }
    }
  } catch (error) {
    // What broke off is met again, and reported, when the rows before it are taken in.
    if (!(error instanceof InputBroken)) throw error;
  }
  if (share ? rejected * 100 > allowed * rows : rejected > allowed) {
    const written = (await rejects?.close()) ?? 0;
    throw new DrasonError(
      6,
      `${rejected} of ${counted(rows, 'row')} would be rejected, more than --max-errors ${maxErrors}; nothing was stored or pushed`,
      written > 0 ? `The rejected rows are in ${rejectsFile}.` : 'Add --rejects FILE to see them.',
    );
  }
  await rejects?.discard();
  await files.rewind();
}
