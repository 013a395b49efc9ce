import { describe, expect, it } from 'vitest';
import { cleanName, isSalutation, splitFullName } from '../../src/intake/person-name.js';

describe('a full name', () => {
  it.each([
    ['Ada Byrne', 'Ada', 'Byrne'],
    ['Byrne, Ada', 'Ada', 'Byrne'],
    ['BYRNE, ADA', 'ADA', 'BYRNE'],
    ['Byrne , Ada', 'Ada', 'Byrne'],
    ['Byrne,Ada', 'Ada', 'Byrne'],
    ['Byrne, Dr. Ada', 'Ada', 'Byrne'],
    ['Dr. Byrne, Ada', 'Ada', 'Byrne'],
    ['Byrne Jr., Bo', 'Bo', 'Byrne'],
    ['Byrne, Ada, PhD', 'Ada', 'Byrne'],
    ['Byrne, Ada Jr.', 'Ada', 'Byrne'],
    ['van der Berg, Jan', 'Jan', 'van der Berg'],
    ['Dr. Bo Chen', 'Bo', 'Chen'],
    ['Prof. Dr. med. Bo Chen', 'Bo', 'Chen'],
    ['Prof. Dr.-Ing. habil. Bo Chen', 'Bo', 'Chen'],
    ['Dr.Bo Chen', 'Bo', 'Chen'],
    ['Herr Dipl.-Ing. Bo Chen', 'Bo', 'Chen'],
    ['Mme Zoé Roux', 'Zoé', 'Roux'],
    ['M. Luc Roux', 'Luc', 'Roux'],
    ['Sra. Inés Gil', 'Inés', 'Gil'],
    ['Mevr. Eva de Wit', 'Eva', 'de Wit'],
    ['Ms. Byrne', '', 'Byrne'],
    ['Frau Dr. Byrne', '', 'Byrne'],
    ['Dr. Byrne', '', 'Byrne'],
    ['Herr von Byrne', '', 'von Byrne'],
    ['Mevr. de Wit', '', 'de Wit'],
    ['Fru Byrne', '', 'Byrne'],
    ['Fru Ada Byrne', 'Ada', 'Byrne'],
    ['Pan Nowak', '', 'Nowak'],
    ['Pan Jan Kowalski', 'Jan', 'Kowalski'],
    ['Pan Wei', 'Pan', 'Wei'],
    ['Mr. & Mrs. Byrne', '', 'Byrne'],
    ['Mr. and Mrs. Bo Chen', 'Bo', 'Chen'],
    ['Herr und Frau Byrne', '', 'Byrne'],
    ['Mr./Mrs. Byrne', '', 'Byrne'],
    ['Mr. & Mrs.', '', ''],
    ['Sir Ada', 'Ada', ''],
    ['Ada PhD', 'Ada', ''],
    ['Cy', 'Cy', ''],
    ['Di Haas, PhD, MBA', 'Di', 'Haas'],
    ['Di Haas PhD', 'Di', 'Haas'],
    ['Di Haas, Ph.D.', 'Di', 'Haas'],
    ['Di Haas, CISSP, SHRM-CP', 'Di', 'Haas'],
    ['Ed Jung III', 'Ed', 'Jung'],
    ['Ed Jung, Jr.', 'Ed', 'Jung'],
    ['Ed Jung MD', 'Ed', 'Jung'],
    ['Yo Yo Ma', 'Yo', 'Yo Ma'],
    ['🚀 Ed Jung ✨', 'Ed', 'Jung'],
    ['Ed Jung (he/him)', 'Ed', 'Jung'],
    ['Ed\u00A0\u200BJung', 'Ed', 'Jung'],
    ['Kestrel, Inc.', 'Kestrel, Inc.', ''],
    ['Brotwerk Ostrava, s.r.o.', 'Brotwerk Ostrava, s.r.o.', ''],
    ['Null Nan', 'Null', 'Nan'],
    ['null', '', ''],
    ['#NAME?', '', ''],
    ['ada@kestrel-freight.com', '', ''],
    ['-', '', ''],
    ['山田 太郎', '山田', '太郎'],
  ])('%s', (written, first, last) => {
    expect(splitFullName(written)).toEqual({ first, last });
  });
});

describe('a first or a last name', () => {
  it.each([
    ['Ada', 'Ada'],
    ['Dr. Ada', 'Ada'],
    ['Frau', ''],
    ['Fru', ''],
    ['Pan', 'Pan'],
    ['Mr. & Mrs.', ''],
    ['Mr.', ''],
    ['Sir', 'Sir'],
    ['Byrne, PhD', 'Byrne'],
    ['Byrne Jr.', 'Byrne Jr.'],
    ['Byrne, Jr., PhD', 'Byrne, Jr.'],
    ['Byrne III', 'Byrne III'],
    ['Byrne MBA', 'Byrne'],
    ['Ma', 'Ma'],
    ['Do', 'Do'],
    ['Ing', 'Ing'],
    ['Sr', 'Sr'],
    ['Nan', 'Nan'],
    ['Null', 'Null'],
    ['null', ''],
    ['undefined', ''],
    ['NULL', ''],
    ['[object Object]', ''],
    ['NaN', ''],
    ['None', ''],
    ['N/A', ''],
    ['.', ''],
    ['A.', 'A.'],
    ['M.', 'M.'],
    ['Anne-Marie', 'Anne-Marie'],
    ["O'Neil", "O'Neil"],
    ['ＡＤＡ', 'ADA'],
  ])('%s', (written, name) => {
    expect(cleanName(written)).toBe(name);
  });
});

it.each(['Mr.', 'Mrs', 'Dr.', 'Prof. Dr.', 'Frau Dr.', 'Herr', 'Mme', 'M.', 'Dipl.-Ing.', 'Sr.', 'Ms.', 'Mr/Ms'])(
  '%s is a salutation',
  (text) => {
    expect(isSalutation(text)).toBe(true);
  },
);

it.each([
  'VP Sales',
  'CTO',
  'MD',
  'Managing Director',
  'Dr. Care Lead',
  'Professor of Law',
  'PA',
  'Sr. Engineer',
  'SVP',
  'Owner',
  '',
])('%s is none', (text) => {
  expect(isSalutation(text)).toBe(false);
});
