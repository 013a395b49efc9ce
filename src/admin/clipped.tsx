import { Text } from './layout.js';

/** The beginning of a text that may be very long, as whole letters. */
export function clipped(text: string, most: number): string {
  if (text.length <= most) return text;
  return `${text.slice(0, most).replace(/[\ud800-\udbff]$/, '')}…`;
}

/** Text from outside in a table: its beginning, where it is very long. */
export function Short({ children, most = 80 }: { children: string | null | undefined; most?: number }) {
  return children ? <Text>{clipped(children, most)}</Text> : <span class="none">–</span>;
}

/** Text from outside where all of it is wanted: what is very long is folded away. */
export function Long({ children }: { children: string }) {
  if (children.length <= 400) return <Text>{children}</Text>;
  return (
    <details>
      <summary>
        <Text>{clipped(children, 200)}</Text>
      </summary>
      <Text>{children}</Text>
    </details>
  );
}
