import { type Lead, type ReviewSign, STRICTNESS, type VerifierVerdict } from '../lead.js';
import type { Cell } from './cell.js';
import type { ColumnPlan } from './columns.js';
import { parseBag } from './custom-fields.js';
import { normalizeHeader } from './headers.js';
import type { SignColumn } from './stop-signs/sign-columns.js';
import type { Sign } from './stop-signs/value-words.js';
import { readFlag } from './stop-signs/yes-no.js';
import { textOf } from './text-of.js';

function note(lead: Lead, verdict: VerifierVerdict): void {
  if (lead.verifier === undefined || STRICTNESS[verdict] > STRICTNESS[lead.verifier]) lead.verifier = verdict;
}

/** Puts what a sign says into the lead. Gives why a person has to look, if that is so. */
export function applySign(lead: Lead, sign: Sign): ReviewSign['why'] | undefined {
  switch (sign) {
    case 'opted_out':
      lead.unsubscribed = true;
      return undefined;
    case 'bounced':
    case 'invalid':
    case 'risky':
    case 'valid':
      note(lead, sign);
      return undefined;
    case 'unclear':
    case 'no_consent':
    case 'not_to_mail':
      return sign;
    case 'clear':
      return undefined;
  }
}

const LONGEST_VALUE = 200;

/** Reads the stop signs of a row into its lead. Of several the strictest counts. */
export function signalReader(plan: ColumnPlan): (lead: Lead, cells: readonly Cell[]) => void {
  const { signs } = plan;
  const emails = plan.byMeaning.get('email') ?? [];
  const bags = plan.byMeaning.get('custom_fields') ?? [];
  return (lead, cells) => {
    let review: ReviewSign[] | undefined;
    const apply = (column: string, text: string, sign: Sign | undefined) => {
      const why = sign === undefined ? undefined : applySign(lead, sign);
      if (why === undefined) return;
      review ??= [];
      review.push({ column, value: text.slice(0, LONGEST_VALUE), why });
    };
    lead.columnsRead = plan.columnsRead;
    const deny = ({ denies, header }: SignColumn, text: string) => {
      if (denies === 'bounce' && readFlag(text) === 'no') lead.notBounced = true;
      else if (denies === 'opt_out') lead.notOptedOut = header;
    };
    for (const column of signs) {
      const { index, header, read, about } = column;
      const cell = cells[index];
      if (cell === undefined || cell === '') continue;
      const text = textOf(cell);
      const sign = text === '' ? undefined : read(text);
      if (sign === undefined || (sign === 'clear' && column.denies === undefined)) continue;
      if (about !== undefined && about !== addressColumn(emails, cells)) continue;
      if (sign === 'clear') deny(column, text);
      apply(header, text, sign);
    }
    for (const index of bags) {
      const entries = Object.entries(parseBag(cells[index]) ?? {});
      if (entries.length === 0) continue;
      lead.columnsRead = new Set([...plan.columnsRead, ...entries.map(([name]) => normalizeHeader(name))]);
      for (const [name, value] of entries) {
        const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
        const column = text === '' ? undefined : plan.entrySign(name);
        const sign = column?.read(text);
        if (column && sign === 'clear') deny(column, text);
        apply(name, text, sign);
      }
    }
    if (review) lead.review = review;
  };
}

/** The column from which a row's address is taken. */
function addressColumn(emails: readonly number[], cells: readonly Cell[]): number | undefined {
  return emails.find((index) => textOf(cells[index]).includes('@'));
}
