import { CsvError, Parser } from 'csv-parse';

/** The most a record may hold. A quote that is never closed would otherwise swallow the rest of the file into memory. */
const MAX_RECORD_BYTES = 1024 * 1024;

/**
 * csv-parse, handing each record to a callback as it is found. A stream read record by record costs a third more time,
 * and its own line numbers count a CRLF inside quotes twice.
 */
export class CsvRecords extends Parser {
  private readonly onRecord: (cells: string[]) => void;

  constructor(delimiter: string, lineEnd: LineEnd, onRecord: (cells: string[]) => void) {
    super({
      columns: false,
      delimiter,
      // Named rather than discovered: a file may mix CRLF and LF.
      record_delimiter: lineEnd === '\n' ? ['\r\n', '\n'] : ['\r'],
      relax_quotes: true,
      relax_column_count: true,
      skip_empty_lines: false, // an empty line is a record of one empty cell, which keeps the count of lines true
      max_record_size: MAX_RECORD_BYTES,
    });
    this.onRecord = onRecord;
    // A failure also comes out of feed() and finish().
    this.on('error', () => {});
  }

  /** Takes the records out of the stream before it queues them. */
  override push(record: unknown): boolean {
    if (Array.isArray(record)) this.onRecord(record);
    return true;
  }

  /** Parses the next bytes; rejects with a CsvError. */
  feed(bytes: Buffer): Promise<void> {
    return new Promise((resolve, reject) => {
      this.write(bytes, (error) => (error ? reject(error) : resolve()));
    });
  }

  /** Parses the last record, which may lack its line end; rejects with a CsvError. */
  finish(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.once('error', reject);
      this.end(() => resolve());
    });
  }
}

/** What ends the lines of a text: LF (with or without CR), or CR alone as old Macs wrote it. */
export type LineEnd = '\n' | '\r';

/** What a failure of csv-parse means, for people. */
export function csvFailure(error: CsvError): string {
  if (error.code === 'CSV_MAX_RECORD_SIZE') return 'this record is larger than 1 MiB; is a quote never closed?';
  if (error.code === 'CSV_QUOTE_NOT_CLOSED') return 'a quote in this record is never closed';
  return error.message;
}

export { CsvError };
