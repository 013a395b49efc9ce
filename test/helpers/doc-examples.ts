/** The commands that a page of the documentation shows, with the answers it shows for them. */

export interface DocExample {
  /** Such as `docs/http.md:27`. */
  where: string;
  script: string;
  /** The HTTP status and body that the page promises; undefined where it shows none. */
  status: number | undefined;
  body: unknown;
}

export interface Fence {
  /** What stands behind the three backticks, such as `csv leads.csv`. */
  language: string;
  /** Spaces before it: a fence within a list. */
  indent: number;
  line: number;
  text: string;
  /** The last words before it, without blank lines. */
  before: string;
}

/** The fenced blocks of a page, in their order. */
export function fencesOf(markdown: string): Fence[] {
  const fences: Fence[] = [];
  let open: Fence | undefined;
  let before = '';
  for (const [index, line] of markdown.split('\n').entries()) {
    const [, indent = '', language] = /^( *)```(.*)$/.exec(line) ?? [];
    if (open && language === '') {
      fences.push(open);
      open = undefined;
      before = '';
    } else if (open) open.text += `${line.replace(new RegExp(`^ {0,${open.indent}}`), '')}\n`;
    else if (language !== undefined) open = { language, indent: indent.length, line: index + 1, text: '', before };
    else if (line.trim() !== '') before = line.trim();
  }
  return fences;
}

/** The `sh` blocks with a curl in them; a `json` block after "Answer, STATUS:" belongs to the one before it. */
export function curlExamples(file: string, markdown: string): DocExample[] {
  const fences = fencesOf(markdown);
  return fences.flatMap((fence, index) => {
    if (fence.language !== 'sh' || !/\bcurl\b/.test(fence.text)) return [];
    const next = fences[index + 1];
    const status = next?.language === 'json' ? /^Answer, (\d{3}):$/.exec(next.before)?.[1] : undefined;
    return {
      where: `${file}:${fence.line}`,
      script: fence.text,
      status: status === undefined ? undefined : Number(status),
      body: next && status !== undefined ? JSON.parse(next.text) : undefined,
    };
  });
}

/** The `json` block that holds `text`. */
export function jsonBlock(markdown: string, text: string): unknown {
  const found = fencesOf(markdown).find((fence) => fence.language === 'json' && fence.text.includes(text));
  return found && JSON.parse(found.text);
}
