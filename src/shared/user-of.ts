/**
 * Who runs commands for an instance, as a word of a shell: the user that its address names, `deploy` of `deploy@10.0.0.11`. Null: only
 * ssh's own configuration says it. Pure.
 */
export function userOf({ host }: { readonly host: string | null }): string | null {
  if (host === null) return '"$USER"';
  const plain = host.replace(/^ssh:\/\//, '');
  const at = plain.lastIndexOf('@');
  return at > 0 ? plain.slice(0, at) : null;
}
