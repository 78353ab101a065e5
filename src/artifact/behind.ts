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
    if (id === null || commit === null) return null;
    const head = (await (await open.git()).head()).commit;
    return { id, commit, head, behind: !head.startsWith(commit) };
  } catch (error) {
    if (isCanopyError(error)) return null;
    throw error;
  }
}
