import { join } from 'node:path/posix';
import { CanopyError, fail } from '../errors.ts';
import { pool } from '../shared/pool.ts';
import type { Files, HostKey, KeyScan } from '../ports/ports.ts';
import { canopyYml, jenkinsfile, type Answers } from './plan.ts';
import { projectOf, type ProjectAnswers } from './project.ts';

/** What the project in a folder says of itself. */
export async function readProject(
  folder: string,
  files: Pick<Files, 'exists' | 'read'>,
): Promise<ProjectAnswers> {
  const [manifest, lock] = [join(folder, 'package.json'), join(folder, 'package-lock.json')];
  const text = (await files.exists(manifest)) ? await files.read(manifest) : null;
  return projectOf(text, await files.exists(lock));
}

interface InitFiles {
  readonly written: readonly string[];
  /** Files that stood there already and were left alone. */
  readonly kept: readonly string[];
}

/** Writes canopy.yml and Jenkinsfile; a canopy.yml that stands there is never overwritten. */
export async function writeFirst(answers: Answers, folder: string, files: Files): Promise<InitFiles> {
  const config = join(folder, 'canopy.yml');
  if (await files.exists(config)) throw fail('init-exists', { file: config });
  const [ignoring, pipeline] = [join(folder, '.gitignore'), join(folder, 'Jenkinsfile')];
  for (const file of [config, ignoring]) await files.prove(file);
  await files.write(config, canopyYml(answers));
  const ignored = await ignore(ignoring, files);
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

interface Scanned {
  readonly keys: readonly HostKey[];
  /** Hosts that showed no key, with the reason. */
  readonly failed: readonly { readonly host: string; readonly reason: string }[];
}

/** The host keys that servers show now: to be compared with what their owners see, not to be believed. */
export async function scanKeys(hosts: readonly string[], { scan }: KeyScan): Promise<Scanned> {
  const answers = await pool([...new Set(hosts)], 10, async (host) => {
    try {
      return { host, key: await scan(host) };
    } catch (error) {
      if (!(error instanceof CanopyError)) throw error;
      return { host, reason: error.message };
    }
  });
  const keys = answers.flatMap((answer) => (answer.key ? [answer.key] : []));
  const once = new Map(keys.map((key) => [key.name, key]));
  return {
    keys: [...once.values()],
    failed: answers.flatMap(({ host, reason }) => (reason === undefined ? [] : [{ host, reason }])),
  };
}
