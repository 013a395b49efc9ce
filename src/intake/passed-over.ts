import { counted } from '../text/wording.js';

/** What an input holds that makes no row, counted. */
export interface PassedOver {
  /** Lines below the table without an address, such as a total. */
  belowTable: number;
  /** People in a JSON object's list after the first, such as a company's further contacts. */
  furtherContacts: number;
}

/** That in words; what an input does not hold is left out. */
export function passedOverTexts({ belowTable, furtherContacts }: PassedOver): string[] {
  const texts: string[] = [];
  if (belowTable > 0) texts.push(`${counted(belowTable, 'line')} after the table without an address`);
  if (furtherContacts > 0) {
    const people = counted(furtherContacts, 'further contact');
    texts.push(`${people}: of a list of contacts only the first is read; give each contact a record of its own`);
  }
  return texts;
}
