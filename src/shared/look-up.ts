/**
 * What stands in a record under a name that a user chose. An instance may be called `constructor`: what every object has
 * by itself is no entry.
 */
export const lookUp = <T>(of: Readonly<Record<string, T>>, name: string): T | undefined =>
  Object.hasOwn(of, name) ? of[name] : undefined;
