import type { Scalar } from '../lead.js';

/** A cell of a row: text from CSV, a scalar from JSON, undefined where an object lacks the field. */
export type Cell = Scalar | undefined;
