import { foldedWords } from './words.js';

/** What a flag says: yes, no, or nothing at all. */
export type Flag = 'yes' | 'no' | 'blank';

/** Yes, and what spreadsheets in other languages write for TRUE. In the form of foldedWords. */
const YES = set(`
  yes y true t 1 x on checked ja j wahr oui vrai si s verdadero vero sim verdadeiro waar tak prawda sant sann sand
  kylla tosi да истина так evet e dogru ano pravda igen igaz da adevarat ναι αληθες ya benar cert jah taip
  是 真 はい 예 yup yep affirmative
`);
/** No, and what spreadsheets in other languages write for FALSE. */
const NO = set(`
  no n false f 0 00 off unchecked nein falsch non faux falso nao nee onwaar nie falsz nej falskt falsk nei usann ei epatosi
  нет ложь ні hayir yanlis ne nepravda nem hamis nu fals όχι οχι ψευδες tidak salah never niemals jamais nunca mai nooit
  nigdy aldrig koskaan никогда asla nikdy nope 否 假 いいえ 아니요 아니오
`);
/** Says nothing, whatever the column asks. */
const BLANK = set(`
  null none nil nan na undefined blank empty unknown unbekannt inconnu desconocido sconosciuto desconhecido onbekend
  nieznany okand ukjent ukendt tuntematon неизвестно bilinmiyor neznamy ka keineangabe keine aucun aucune ninguno
  nessuno nenhum geen brak ingen notset notspecified notavailable notapplicable unset undefined ref value name div0
`);

/** Marks that mean yes or no without a letter. */
const YES_MARKS = new Set(['✓', '✔', '✅', '☑', '🗹']);
const NO_MARKS = new Set(['✗', '✘', '❌', '☐', '✖', '⬜', '❎']);

/**
 * Reads a flag as people and spreadsheets write it, in their languages. Undefined: the text is none. Zero dates, `[]`,
 * `{}`, `#N/A` and `-` say nothing.
 */
export function readFlag(text: string): Flag | undefined {
  const trimmed = text.trim().replaceAll('\ufe0f', '');
  if (YES_MARKS.has(trimmed)) return 'yes';
  if (NO_MARKS.has(trimmed)) return 'no';
  const word = foldedWords(trimmed).join('');
  // Only punctuation: `-`, `[]`, `{}`, `?`, `""`
  if (word === '') return 'blank';
  if (/^[-+]?0+([.,]0+)?$/.test(trimmed)) return 'no';
  if (/^\+?1([.,]0+)?$/.test(trimmed)) return 'yes';
  if (isZeroDate(trimmed)) return 'blank';
  if (YES.has(word)) return 'yes';
  if (NO.has(word)) return 'no';
  if (BLANK.has(word)) return 'blank';
  return leadingFlag(trimmed);
}

/** `Yes - asked by phone`, `No (still a customer)`: a flag, then what somebody added. */
function leadingFlag(text: string): Flag | undefined {
  const first = /^(\p{L}{1,6})\s*[-–—,;:(]/u.exec(text)?.[1];
  if (first === undefined) return undefined;
  const word = foldedWords(first).join('');
  if (word.length < 2) return undefined;
  return YES.has(word) ? 'yes' : NO.has(word) ? 'no' : undefined;
}

/** A date that a database writes where there is none. */
function isZeroDate(text: string): boolean {
  return /^0000[-/.]00[-/.]00|^00[-/.]00[-/.]0000|^1900-01-00|^0001-01-01/.test(text);
}

/** Whether a text is a point in time: an ISO or written date, or an epoch. */
export function isDate(text: string): boolean {
  const date = text.trim();
  if (isZeroDate(date)) return false;
  if (/^\d{10}(\.\d+)?$|^\d{13}$|^\d{14}$/.test(date)) return true;
  if (/^\d{4}[-/.]\d{1,2}[-/.]\d{1,2}([ T,].*)?$|^\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}([ T,].*)?$/.test(date)) return true;
  // Excel's serial numbers from 1995 to 2050
  if (/^(3[5-9]|4\d|5[0-4])\d{3}(\.\d+)?$/.test(date)) return true;
  return /\d/.test(date) && date.length <= 60 && MONTH.test(` ${foldedWords(date).join(' ')} `);
}

const MONTH =
  / (jan|feb|mar|apr|may|mai|jun|jul|aug|sep|sept|oct|okt|nov|dec|dez|janv|fevr|mars|avr|juin|juil|aout)[a-z]* .*(19|20)?\d\d /;

function set(list: string): ReadonlySet<string> {
  return new Set(
    list
      .trim()
      .split(/\s+/)
      .map((word) => foldedWords(word).join('')),
  );
}
