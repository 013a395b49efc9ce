/** An argument as a POSIX shell needs it. */
export function quoteArgument(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** Flags as they are typed, for a command to copy; what is undefined, false or empty is left out. */
export function commandFlags(flags: Record<string, string | number | boolean | readonly string[] | undefined>): string {
  const words = Object.entries(flags).flatMap(([name, value]) => {
    if (value === undefined || value === false) return [];
    if (value === true) return [`--${name}`];
    return [value].flat().flatMap((one) => [`--${name}`, quoteArgument(String(one))]);
  });
  return words.join(' ');
}
