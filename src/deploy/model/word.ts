/** Whether it may be a name that is ours: of an environment, an instance or a deploy. Pure. */
export const isWord = (value: unknown): value is string =>
  typeof value === 'string' && /^[A-Za-z0-9][A-Za-z0-9._-]{0,80}$/.test(value);
