/** Whether a phone number was turned into a float by a spreadsheet (`4.47911E+11`): its last digits are lost. */
export function isScientific(phone: string): boolean {
  return /^'?[+-]?\d+(?:[.,]\d+)?e\+?\d+$/i.test(phone.trim());
}
