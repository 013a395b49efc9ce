/** What a file is when it is no text, by its first bytes; `workbook` and `zip` need a look inside. */
export type Binary = { name: string; next: string } | 'zip';

const AS_CSV = 'export the table as CSV';
const UNPACK = 'unpack it and give drason the files inside';

/** Magic bytes (as Latin-1), where they are, the format's name and the remedy. */
const MAGIC: ReadonlyArray<readonly [bytes: string, at: number, name: string, next: string]> = [
  ['%PDF-', 0, 'a PDF', AS_CSV],
  [
    '\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1',
    0,
    'an old Excel file (xls), or a workbook with a password',
    'open it, and save it as CSV or as xlsx without a password',
  ],
  ['\x09\x08', 0, 'an old Excel file (xls)', 'open it and save it as CSV or xlsx'],
  ["7z\xbc\xaf'\x1c", 0, 'a 7z archive', UNPACK],
  ['BZh', 0, 'compressed with bzip2', 'unpack it first: bunzip2'],
  ['\xfd7zXZ\0', 0, 'compressed with xz', 'unpack it first: unxz'],
  ['\x28\xb5\x2f\xfd', 0, 'compressed with zstd', 'unpack it first: unzstd'],
  ['\x04\x22\x4d\x18', 0, 'compressed with lz4', 'unpack it first: unlz4'],
  ['\x1f\x9d', 0, 'compressed with compress (.Z)', 'unpack it first: uncompress'],
  ['Rar!\x1a\x07', 0, 'a RAR archive', UNPACK],
  ['ustar', 257, 'a tar archive', UNPACK],
  ['PAR1', 0, 'a Parquet file', AS_CSV],
  ['ORC', 0, 'an ORC file', AS_CSV],
  ['Obj\x01', 0, 'an Avro file', AS_CSV],
  ['ARROW1', 0, 'an Arrow file', AS_CSV],
  ['SQLite format 3\0', 0, 'an SQLite database', AS_CSV],
  ['\0\x01\0\0Standard ', 0, 'an Access database', AS_CSV],
  ['\x89PNG\r\n\x1a\n', 0, 'a PNG image', 'give drason the table itself, as CSV'],
  ['\xff\xd8\xff', 0, 'a JPEG image', 'give drason the table itself, as CSV'],
  ['GIF8', 0, 'a GIF image', 'give drason the table itself, as CSV'],
  ['WEBP', 8, 'a WebP image', 'give drason the table itself, as CSV'],
  ['ftypheic', 4, 'a HEIC image', 'give drason the table itself, as CSV'],
  ['II*\0', 0, 'a TIFF image', 'give drason the table itself, as CSV'],
  ['MM\0*', 0, 'a TIFF image', 'give drason the table itself, as CSV'],
  ['!BDN', 0, 'an Outlook data file (pst)', 'export the contacts as CSV'],
  ['bplist00', 0, 'an Apple property list', AS_CSV],
  ['\x7fELF', 0, 'a program', 'give drason a lead file'],
  ['{\\rtf', 0, 'an RTF document', AS_CSV],
];

/** Tells a binary format by its first bytes, whatever the file is called. */
export function sniffBinary(head: Buffer): Binary | undefined {
  const text = head.subarray(0, 512).toString('latin1');
  if (/^PK(?:\x03\x04|\x05\x06|\x07\x08)/.test(text)) return 'zip';
  for (const [bytes, at, name, next] of MAGIC) {
    // "BZh" and "ORC" may begin a text; what follows them in such a file does not.
    if (text.startsWith(bytes, at) && (bytes.length > 3 || /[\0-\x08\x0e-\x1f\x80-\xff]/.test(text.slice(0, 64)))) {
      return { name, next };
    }
  }
  return undefined;
}

/** Texts that are no tables, told by how they begin. */
const TEXTS: ReadonlyArray<readonly [RegExp, name: string, next: string]> = [
  [/^(?:<!--[\s\S]*?-->\s*)*<(?:!doctype html|html|head|body|table|meta|div|style)\b/i, 'an HTML page', AS_CSV],
  [/^<\?xml[^>]*>\s*(?:<\?mso-application[^>]*>\s*)?<(?:\w+:)?Workbook\b/i, 'an Excel 2003 XML file', AS_CSV],
  [/^<(?:\?xml\b|!DOCTYPE\b|[a-z][\w:.-]*(?:\s[^<>@]*)?\/?>)/i, 'an XML file', AS_CSV],
  [/^BEGIN:VCARD/i, 'a vCard file', 'export the contacts as CSV'],
  [/^BEGIN:VCALENDAR/i, 'a calendar file', 'export the contacts as CSV'],
  [/^From \S+ .*\d{4}\r?\n/, 'a mailbox (mbox)', 'export the contacts as CSV'],
  [
    /^(?:(?:Return-Path|Delivered-To|Received|MIME-Version|Message-ID|X-[\w-]+|DKIM-Signature|From|Date|Subject|To): .*\r?\n(?:[ \t].*\r?\n)*){3}/i,
    'an e-mail message',
    'export the contacts as CSV',
  ],
  [/^(?:dn|version): .*\r?\n(?:dn|objectClass|cn|\w+)::? /i, 'an LDIF file', 'export the contacts as CSV'],
  [
    /^(?:-- .*\r?\n|\/\*.*\r?\n|\s)*(?:CREATE TABLE|INSERT INTO|SET NAMES|PRAGMA|BEGIN TRANSACTION)\b/i,
    'an SQL dump',
    AS_CSV,
  ],
  [/^version https:\/\/git-lfs/, 'a Git LFS pointer, not the file itself', 'fetch it first: git lfs pull'],
];

/** Tells a text that is no table, such as the HTML that some tools save as .xls. */
export function sniffText(text: string): { name: string; next: string } | undefined {
  const begin = text.slice(0, 4096).trimStart();
  const found = TEXTS.find(([pattern]) => pattern.test(begin));
  return found && { name: found[1], next: found[2] };
}
