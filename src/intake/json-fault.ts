/**
 * What is wrong with a JSON text at a place, in words for people. `line` is the line's text, `at` the index in it at
 * which the parser gave up, `before` what comes before the line.
 */
export function explainJson(line: string, at: number, before = ''): { column: number; what: string } {
  const here = line.charAt(at);
  const rest = line.slice(at);
  const column = at + 1;
  const told = (before + line.slice(0, at)).trimEnd();
  const last = told.at(-1) ?? '';
  if (rest.trim() === '' && insideString(line.slice(0, at))) {
    return { column, what: 'a line break inside a string; write it as \\n, or close the string with "' };
  }
  if (here < ' ' && here !== '' && insideString(line.slice(0, at))) {
    const name =
      here === '\t'
        ? 'a tab inside a string; write it as \\t'
        : 'a line break or control character inside a string; write it as \\n';
    return { column, what: name };
  }
  if (/^[}\]]/.test(rest) && last === ',') return { column, what: `a comma before the closing ${here}; remove it` };
  if (here === ',' && /[,[{]$/.test(last)) return { column, what: 'a comma too many; remove it' };
  if (here === "'") return { column, what: 'a single quote; JSON needs double quotes (")' };
  if (/[“”„‟‘’]/.test(here)) return { column, what: `a curly quote ${here}; JSON needs straight ones (")` };
  if (/^(?:\/\/|\/\*|#)/.test(rest)) return { column, what: 'a comment, which JSON does not have; remove it' };
  const word = /[\w$-]*$/.exec(line.slice(0, at))?.[0] ?? '';
  const whole = word + (/^[\w$.-]*/.exec(rest)?.[0] ?? '');
  const start = column - word.length;
  if (/^-?(?:NaN|Infinity|nan|inf|undefined|None|True|False|NULL|TRUE|FALSE)$/.test(whole)) {
    const instead = /^true$/i.test(whole) ? 'true' : /^false$/i.test(whole) ? 'false' : 'null';
    return { column: start, what: `${whole} is no JSON value; write ${instead}` };
  }
  if (/^\s*[\w$-]+\s*:/.test(line.slice(start - 1)) && /[{,]$/.test((before + line.slice(0, start - 1)).trimEnd())) {
    return { column: start, what: `the key ${whole} is not in double quotes` };
  }
  if (told === '' && /^[{["]/.test(rest)) {
    return { column, what: 'another document begins here; a file holds one, or one in a line' };
  }
  if (before === '' && /[}\]]/.test(last) && /^[{["]/.test(rest) && isClosed(told)) {
    return { column, what: 'another document begins here; a file holds one, or one in a line' };
  }
  if (/\{\s*"(?:[^"\\]|\\.)*"$/.test(told) && /^["{[\w-]/.test(rest)) {
    return { column, what: 'a colon is missing before this' };
  }
  if (/["\d\w}\]]$/.test(last) && /^["{[]/.test(rest)) return { column, what: 'a comma is missing before this' };
  if (last === '"' && /^[^\s,:}\]]/.test(rest)) {
    return { column, what: 'a quote inside a string must be written as \\", or a comma is missing' };
  }
  if (last === '"' && here === '}') return { column, what: 'a colon and a value are missing before this' };
  if (last === '\\' || /\\u?[0-9a-f]*$/i.test(told))
    return { column, what: 'an unknown escape; a backslash is written as \\\\' };
  if (/^[{["]/.test(rest)) return { column, what: 'another document begins here; a file holds one, or one in a line' };
  if (here === '') return { column, what: 'the text ends too early' };
  if (/^0\d/.test(whole)) return { column: start, what: `${whole} begins with a 0; write it in double quotes` };
  return { column, what: `${JSON.stringify(here)} does not belong here` };
}

/** Whether a line's beginning leaves a string open. */
function insideString(text: string): boolean {
  let inside = false;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '\\') i++;
    else if (text[i] === '"') inside = !inside;
  }
  return inside;
}

/** Whether every bracket of a text is closed; those in strings are few enough not to matter. */
function isClosed(text: string): boolean {
  const bare = text.replace(/"(?:[^"\\]|\\.)*"/g, '');
  return (bare.match(/[{[]/g)?.length ?? 0) <= (bare.match(/[}\]]/g)?.length ?? 0);
}

/** Where `JSON.parse` gives up on a text of one line. */
export function explainLine(text: string, message: string): string {
  const position = /at position (\d+)/.exec(message)?.[1];
  const token = /Unexpected token '?(.)/u.exec(message)?.[1];
  const ended = /Unexpected end|Unterminated string/.test(message);
  const found = position === undefined && !ended && token !== undefined ? text.indexOf(token) : -1;
  const at = position !== undefined ? Number(position) : ended ? text.length : found;
  if (at < 0) return message;
  if (at >= text.length) return `column ${text.length}: the text ends too early`;
  const { column, what } = explainJson(text, at);
  return `column ${column}: ${what}`;
}
