/** Rows that go into the rejects file, to be corrected, and those that must not: they name a person who was erased. */
import type { HealthVerdict } from '../health/gate.js';
import { isPlain } from '../intake/read-address.js';
import type { RawRow } from '../intake/rows.js';
import { addressesIn, textsIn } from '../intake/unwrap-address.js';
import type { Lead } from '../lead.js';
import type { StoreContext } from '../store/engine/context.js';
import { erasedAmong } from '../store/leads/erased.js';

/** Why the address of a lead is none, if the gate says so: such a lead is BLOCKED, and its row can be corrected. */
export function addressFault({ signals }: HealthVerdict): string | undefined {
  const hit = signals.find(({ name }) => name === 'syntax');
  return hit && `not a valid e-mail address${hit.detail === undefined ? '' : `: ${hit.detail}`}`;
}

/** Whether a row holds the address of a person who was erased, in whatever cell: it must not be repeated anywhere. */
export async function namesErased(store: StoreContext, organization: string, raw: RawRow): Promise<boolean> {
  // In JSON that could not be read, a line break is two letters that would belong to the address.
  const texts = 'text' in raw ? [raw.text.replace(/\\[a-z]/g, ' ')] : textsIn('cells' in raw ? raw.cells : raw.object);
  const addresses = texts.filter((text) => /@|%40|&/.test(text.normalize('NFKC'))).flatMap(addressesIn);
  return addresses.length > 0 && (await erasedAmong(store, organization, addresses)).size > 0;
}

/** Leads but those whose text, which is no plain address, holds that of a person who was erased. */
export async function withoutErased<Row extends { lead: Lead }>(
  store: StoreContext,
  organization: string,
  leads: readonly Row[],
): Promise<Row[]> {
  const odd = leads.filter(({ lead }) => !isPlain(lead.email));
  if (odd.length === 0) return [...leads];
  const names = new Map(odd.map((row) => [row, addressesIn(row.lead.email)]));
  const erased = await erasedAmong(store, organization, [...names.values()].flat());
  return leads.filter((row) => !names.get(row)?.some((name) => erased.has(name)));
}
