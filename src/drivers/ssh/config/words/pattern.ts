/** Whether a name matches a pattern of OpenSSH: `*` is any text, `?` any one character. */
function matchesPattern(pattern: string, name: string): boolean {
  const escaped = pattern.replace(/[.+^${}()|[\]\\]/g, '\\$&');
  const source = escaped.replaceAll(/\*+/g, '.*').replaceAll('?', '.');
  return new RegExp(`^${source}$`, 's').test(name);
}

/** A list of patterns: one of them has to match, and none that begins with `!`. Capitals count. */
export function matchesList(patterns: readonly string[], name: string): boolean {
  const negated = patterns.filter((pattern) => pattern.startsWith('!'));
  if (negated.some((pattern) => matchesPattern(pattern.slice(1), name))) return false;
  return patterns.some((pattern) => !pattern.startsWith('!') && matchesPattern(pattern, name));
}

/** The same for names of hosts, in which capitals do not count. */
export const matchesHosts = (patterns: readonly string[], name: string): boolean =>
  matchesList(
    patterns.map((pattern) => pattern.toLowerCase()),
    name.toLowerCase(),
  );
