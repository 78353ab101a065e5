import { readAddress } from '../url/ssh-address.ts';

/**
 * Who runs commands for an instance, as a word of a shell: the user that its address names, `deploy` of `deploy@10.0.0.11`. Null: only
 * ssh's own configuration says it. Pure.
 */
export const userOf = ({ host }: { readonly host: string | null }): string | null =>
  host === null ? '"$USER"' : (readAddress(host)?.user ?? null);
