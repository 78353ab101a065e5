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
  const ignored = await ignore(join(folder, '.gitignore'), files);
  const pipeline = join(folder, 'Jenkinsfile');
  if (await files.exists(pipeline)) return { written: [config, ...ignored], kept: [pipeline] };
  await files.write(pipeline, jenkinsfile());
  return { written: [config, ...ignored, pipeline], kept: [] };
}

/** Artifacts and reports are no part of the commit: with them in the work tree no build would ever be reused. */
async function ignore(file: string, files: Files): Promise<string[]> {
  const before = (await files.exists(file)) ? await files.read(file) : '';
  const lines = before.split('\n').map((line) => line.trim());
  const lacking = ['.canopy/', 'reports/'].filter((line) => !lines.includes(line));
  if (lacking.length === 0) return [];
  const gap = before === '' || before.endsWith('\n') ? '' : '\n';
  await files.write(file, `${before}${gap}${lacking.join('\n')}\n`);
  return [file];
}
