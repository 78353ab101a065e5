import { join } from 'node:path/posix';
import { fail } from '../errors.ts';
import type { Files } from '../ports.ts';
import { canopyYml, jenkinsfile, type Answers } from './plan.ts';

export interface Written {
  readonly written: readonly string[];
  /** Files that stood there already and were left alone. */
  readonly kept: readonly string[];
}

/** Writes canopy.yml and Jenkinsfile; a canopy.yml that stands there is never overwritten. */
export async function writeFirst(answers: Answers, folder: string, files: Files): Promise<Written> {
  const config = join(folder, 'canopy.yml');
  if (await files.exists(config)) throw fail('init-exists', { file: config });
  await files.write(config, canopyYml(answers));
  const pipeline = join(folder, 'Jenkinsfile');
  if (await files.exists(pipeline)) return { written: [config], kept: [pipeline] };
  await files.write(pipeline, jenkinsfile());
  return { written: [config, pipeline], kept: [] };
}
