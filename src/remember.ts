/** How much is remembered: so many different texts, none of more characters than `longest`. */
export interface MemoryLimits {
  most: number;
  longest: number;
}

/**
 * `read`, with a bounded memory of what it made of each text. `read` must be pure, and nobody may change what it gave.
 * Forgetting all at once is the cheapest way to stay bounded; what comes again is learnt again.
 */
export function remember<V>(
  read: (text: string) => V,
  { most, longest }: MemoryLimits = { most: 10_000, longest: 100 },
): (text: string) => V {
  const known = new Map<string, { value: V }>();
  return (text) => {
    const before = known.get(text);
    if (before) return before.value;
    const value = read(text);
    if (text.length > longest) return value;
    if (known.size >= most) known.clear();
    known.set(text, { value });
    return value;
  };
}
