/**
 * Finds what has a name once in a turn of the event loop, however many requests ask for it. Not for longer: a key that is
 * revoked opens nothing from then on.
 */
export function oncePerTurn<T>(find: (name: string) => Promise<T>): (name: string) => Promise<T> {
  const found = new Map<string, Promise<T>>();
  return (name) => {
    const known = found.get(name);
    if (known) return known;
    if (found.size === 0) setImmediate(() => found.clear());
    const finding = find(name);
    found.set(name, finding);
    return finding;
  };
}
