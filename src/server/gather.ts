/**
 * Collects what is said one by one and hands it on together, when `later` calls back: a message to another thread, or a
 * write to the log, costs more than most of what it carries.
 */
export function gather<T>(handOn: (said: T[]) => void, later: (then: () => void) => void): (one: T) => void {
  let said: T[] = [];
  function flush(): void {
    const together = said;
    said = [];
    handOn(together);
  }
  return (one) => {
    if (said.push(one) === 1) later(flush);
  };
}
