import { domainToASCII } from 'node:url';
import { canonicalHost } from '../address.js';
import { UsageError } from '../errors.js';
import { parseDomain } from '../health/address.js';
import { quote } from '../intake/quote.js';
import { readAddress } from '../intake/read-address.js';
import type { IntakeRow } from '../intake/rows.js';
import { hasStopSign } from '../lead.js';
import type { StoreContext } from '../store/engine/context.js';
import {
  addSuppressions,
  blockSuppressed,
  listSuppressions,
  removeSuppressions,
  type Suppression,
} from '../store/leads/suppressions.js';
import type { LeadFiles } from './lead-files.js';
import { type StillMailed, StillMailedCount } from './still-mailed.js';

/** Why somebody is suppressed, and who said so. */
export interface Why {
  reason: string;
  source: string;
}

export interface Suppressed {
  added: number;
  /** They were on the list already. */
  known: number;
  /** HELD leads that are blocked now. */
  blocked: number;
  /** Whom Smartlead goes on mailing. */
  stillMailed: StillMailed;
}

/**
 * An address or a domain in its canonical form. Undefined when it is neither. `@acme.com` and `*.acme.com` are the
 * domain `acme.com`.
 */
export function suppressionValue(text: string): string | undefined {
  const bare = text.trim().replace(/^\*?@|^\*\.|\.$/g, '');
  const value = bare.includes('@') ? readAddress(bare) : canonicalHost(bare.normalize('NFKC'));
  if (typeof value !== 'string') return undefined;
  const domain = value.slice(value.lastIndexOf('@') + 1);
  if (value.startsWith('@') || /\s/.test(value) || !/^[^.@]+(\.[^.@]+)+$/.test(domain)) return undefined;
  return domainToASCII(domain) === '' ? undefined : value;
}

/** Blocks the HELD leads of suppressed domains; addresses are blocked as they are added. */
async function blockDomains(store: StoreContext, organization: string): Promise<number> {
  let blocked = 0;
  for (let after: number | undefined = 0; after !== undefined; ) {
    const page: { blocked: number; next: number | undefined } = await blockSuppressed(store, organization, after);
    blocked += page.blocked;
    after = page.next;
    // the store works synchronously, and the pages must not wait until a million leads are through
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
  return blocked;
}

/** Suppresses addresses and domains from the command line. Throws a UsageError that names the first that is neither. */
export async function suppressValues(
  store: StoreContext,
  organization: string,
  values: readonly string[],
  why: Why,
): Promise<Suppressed> {
  const wanted = values.map(requireValue);
  const { added, blocked } = await addSuppressions(store, organization, wanted, why);
  const more = wanted.some((value) => !value.includes('@')) ? await blockDomains(store, organization) : 0;
  const still = new StillMailedCount(store, organization);
  await still.add(wanted);
  return { added, known: wanted.length - added, blocked: blocked + more, stillMailed: await still.end() };
}

function requireValue(text: string): string {
  const value = suppressionValue(text);
  if (value !== undefined) return value;
  throw new UsageError(`"${text}" is neither an e-mail address nor a domain`, 'Write jane@acme.com, or acme.com.');
}

/**
 * Whom a row of a list names: a second address in its cell is suppressed, too, and no other fault of the row matters. A
 * text without an @ is a domain only when it could exist, `k.A.` is none.
 */
function valuesOf(row: IntakeRow): string[] {
  const read = row.kind === 'lead' ? row.lead.email : row.email;
  if (read === undefined) return [];
  if (typeof read === 'object' && 'several' in read) return [...read.several];
  const value = suppressionValue(typeof read === 'string' ? read : read.none);
  if (value === undefined) return [];
  return value.includes('@') || parseDomain(value).valid ? [value] : [];
}

/** The column by which a row says that the person did not opt out, when nothing else in it stops them. */
function keptBy(row: IntakeRow): string | undefined {
  return row.kind === 'lead' && !hasStopSign(row.lead) ? row.lead.notOptedOut : undefined;
}

function noneReason(row: IntakeRow): string {
  if (row.kind === 'lead') return `${quote(row.lead.email)} is no address and no domain`;
  const { email, reason } = row;
  const said = typeof email === 'object' && 'none' in email ? email.none : '';
  return said === '' ? reason : `${quote(said)} is no address and no domain`;
}

/**
 * Suppresses everyone in a file, but for those of whom a column says that they did not opt out; rows without an address or a domain are told one by
 * one.
 */
export async function suppressFile(
  store: StoreContext,
  organization: string,
  files: LeadFiles,
  why: Why,
  onRejected: (line: number, reason: string) => void,
): Promise<Suppressed & { rejected: number; kept: Record<string, number> }> {
  const kept: Record<string, number> = {};
  const sum = { added: 0, known: 0, blocked: 0, rejected: 0, kept };
  const still = new StillMailedCount(store, organization);
  let domains = false;
  for (const input of files.inputs) {
    for await (const batch of input.rows()) {
      const values: string[] = [];
      for (const row of batch) {
        const column = keptBy(row);
        if (column !== undefined) {
          kept[column] = (kept[column] ?? 0) + 1;
          continue;
        }
        const named = valuesOf(row);
        values.push(...named);
        domains ||= named.some((value) => !value.includes('@'));
        if (named.length > 0) continue;
        sum.rejected++;
        onRejected(row.line, noneReason(row));
      }
      const { added, blocked } = await addSuppressions(store, organization, values, why);
      sum.added += added;
      sum.known += values.length - added;
      sum.blocked += blocked;
      await still.add(values);
    }
  }
  if (domains) sum.blocked += await blockDomains(store, organization);
  return { ...sum, stillMailed: await still.end() };
}

const PAGE = 1000;

/** Every suppression of an organization, in order. */
export async function* suppressionPages(
  store: StoreContext,
  organization: string,
  limit: number = Number.POSITIVE_INFINITY,
): AsyncGenerator<Suppression> {
  let left = limit;
  for (let after = ''; left > 0; ) {
    const page = await listSuppressions(store, organization, after, Math.min(PAGE, left));
    yield* page;
    left -= page.length;
    const last = page.at(-1);
    if (!last) return;
    after = last.value;
  }
}

/** Takes addresses and domains off the list. Throws a UsageError for what is neither. */
export async function unsuppressValues(
  store: StoreContext,
  organization: string,
  values: readonly string[],
): Promise<{ removed: string[]; unknown: string[] }> {
  const removed: string[] = [];
  const unknown: string[] = [];
  for (const value of values) {
    const gone = await removeSuppressions(store, organization, [requireValue(value)]);
    (gone.length > 0 ? removed : unknown).push(value);
  }
  return { removed, unknown };
}
