/** Release ids: sortable by the time of the commit, and bound to the bytes of the archive. Pure. */

const pattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,80}$/;

/** Whether a text may be a release id: it becomes a folder's name and part of a command, so nothing else ever passes. */
export const isReleaseId = (text: string): boolean => pattern.test(text) && !text.includes('..');

/**
 * `20261121093000-1a2b3c4-9f8e7d`: time of the commit (UTC), the commit, the archive's sha256.
 * `time` is in milliseconds since the epoch.
 */
export function releaseId(time: number, commit: string, sha256: string): string {
  const stamp = new Date(time).toISOString().replace(/\D/g, '').slice(0, 14);
  return `${stamp}-${commit.slice(0, 7)}-${sha256.slice(0, 6)}`;
}

/** The commit that a release id names, shortened; null when it is none of ours. */
export const commitOf = (id: string): string | null =>
  /^\d{14}-([0-9a-f]{7})-[0-9a-f]{6}$/.exec(id)?.[1] ?? null;
