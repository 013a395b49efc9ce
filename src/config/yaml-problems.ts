/** What is wrong with a text as YAML, in our words: the parser's own messages quote the text, which may be a secret. */
import type { ErrorCode, YAMLError } from 'yaml';
import type { Problem } from './tree.js';

const MESSAGES: Partial<Record<ErrorCode, string>> = {
  BAD_ALIAS: 'an alias (*name) is not complete; text that begins with * needs quotes',
  BAD_COLLECTION_TYPE: 'this tag does not fit its value; remove it',
  BAD_DIRECTIVE: 'this directive (%) is not understood; text that begins with % needs quotes',
  BAD_DQ_ESCAPE: 'unknown escape in a text in double quotes; use single quotes, or \\\\ for a backslash',
  BAD_INDENT: 'wrong indentation, or a bracket that is not closed',
  BAD_SCALAR_START: 'text cannot begin with this character; put it in quotes',
  BLOCK_AS_IMPLICIT_KEY: 'two keys on one line; put text that has a colon in quotes',
  MISSING_CHAR: 'something is missing here: a colon after a key, a comma, a bracket or a closing quote',
  MULTILINE_IMPLICIT_KEY: 'a key must be on one line; is a colon or a closing quote missing?',
  MULTIPLE_DOCS: 'only one document is allowed; remove the --- line',
  RESOURCE_EXHAUSTION: 'nested too deep',
  TAB_AS_INDENT: 'a tab is used as indentation; use spaces',
  TAG_RESOLVE_FAILED: 'tags (!…) are not supported; text that begins with ! needs quotes',
  UNEXPECTED_TOKEN: 'unexpected character; does a text need quotes, or is a bracket or comma wrong?',
};

/** One problem per error of the parser. Nesting that made it give up makes its other findings noise. */
export function yamlProblems(errors: readonly YAMLError[]): Problem[] {
  const tooDeep = errors.filter((error) => error.code === 'RESOURCE_EXHAUSTION');
  return (tooDeep.length > 0 ? tooDeep.slice(0, 1) : errors).map((error) => ({
    offset: error.pos[0],
    message: MESSAGES[error.code] ?? 'this is not valid YAML',
  }));
}
