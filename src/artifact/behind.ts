import type { Files, Git } from '../ports/ports.ts';
import { isCanopyError } from '../errors.ts';
import { latestId } from './artifact-store.ts';
import { commitOf } from './id.ts';

/** The newest artifact beside the commit that is checked out. */
export interface NewestArtifact {
  readonly id: string;
  /** As much of it as the id tells. */
  readonly commit: string;
  readonly head: string;
  /** Whether it is of another commit: a forgotten package. */
  readonly behind: boolean;
}

/** Null without an artifact, and without a repository: there is nothing to compare. */
export async function newestArtifact(
  folder: string,
  open: { files(): Promise<Files>; git(): Promise<Git> },
): Promise<NewestArtifact | null> {
  try {
    const id = await latestId(folder, await open.files());
    const commit = id === null ? null : commitOf(id);
    const head = commit === null ? null : await checkedOut(open);
    if (id === null || commit === null || head === null) return null;
    return { id, commit, head, behind: !head.startsWith(commit) };
  } catch (error) {
    if (isCanopyError(error)) return null;
    throw error;
  }
}

/** A forgotten package, in words; null when there is none. `commit`: as much of it as is known. */
export async function tellOlder(commit: string, open: { git(): Promise<Git> }): Promise<string | null> {
  const head = await checkedOut(open);
  return head === null || head.startsWith(commit) ? null : olderText(commit, head);
}

export const olderText = (commit: string, head: string): string =>
  `is of commit ${commit.slice(0, 7)}, checked out is ${head.slice(0, 7)}: canopy package makes one of that`;

/** The commit; null without a repository. */
async function checkedOut(open: { git(): Promise<Git> }): Promise<string | null> {
  try {
    return (await (await open.git()).head()).commit;
  } catch (error) {
    if (isCanopyError(error)) return null;
    throw error;
  }
}
