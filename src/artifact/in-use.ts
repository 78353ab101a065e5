/** Which artifacts of the folder a deploy works with, or may be taken up with: they are not deleted. */
import { join } from 'node:path';
import { isCanopyError } from '../errors.ts';
import type { Clock, Files, Log } from '../ports/ports.ts';
import { archiveOf, artifactsFolder } from './artifact-store.ts';

/** An artifact that is planned for an environment, or was begun to be deployed there. */
interface ArtifactUse {
  /** Absolute: where canopy.yml stands. */
  readonly folder: string;
  readonly environment: string;
  readonly id: string;
}

interface MarkPorts {
  readonly files: Files;
  readonly clock: Clock;
  readonly log: Log;
}

const marks = `${artifactsFolder}/in-use`;
const markOf = ({ environment, id }: Omit<ArtifactUse, 'folder'>): string => `${marks}/${environment}/${id}`;

/** Marks one that stands in the folder. Where nothing can be written nothing is deleted either: that is no error. */
export async function markInUse(use: ArtifactUse, { files, clock, log }: MarkPorts): Promise<void> {
  try {
    if (await files.exists(join(use.folder, archiveOf(use.id))))
      await files.write(join(use.folder, markOf(use)), `${clock.now()}\n`);
  } catch (error) {
    if (!isCanopyError(error)) throw error;
    log.debug(`${use.id} is not marked as in use: ${error.message}`);
  }
}

/** A deploy that had its lease at that time was carried out: what was marked for its environment before is not taken up any more. */
export async function endOtherUses(
  use: ArtifactUse,
  at: number,
  { files, log }: Omit<MarkPorts, 'clock'>,
): Promise<void> {
  const own = join(use.folder, markOf(use));
  try {
    for (const name of await files.glob([`${marks}/${use.environment}/*`], use.folder)) {
      const file = join(use.folder, name);
      // Who has come later waits for its turn.
      if (file !== own && !(Number(await files.read(file)) > at)) await files.remove(file);
    }
  } catch (error) {
    if (!isCanopyError(error)) throw error;
    log.debug(`which artifacts are in use was not noted: ${error.message}`);
  }
}

/** The ids of all that are marked. */
export async function idsInUse(folder: string, files: Files): Promise<ReadonlySet<string>> {
  const found = await files.glob([`${marks}/*/*`], folder);
  return new Set(found.map((name) => name.slice(name.lastIndexOf('/') + 1)));
}
