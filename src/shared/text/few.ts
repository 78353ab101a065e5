/** The first three, and how many more there are. Pure. */
export const few = (names: readonly string[], total = names.length, between = ', '): string =>
  names.slice(0, 3).join(between) + (total > 3 ? ` and ${total - 3} more` : '');
