import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

export const root = resolve(import.meta.dirname, '../..');
export const script = join(root, 'resources/canopy/run.sh');

export interface Ended {
  readonly code: number | null;
  readonly output: string;
  readonly answer: string;
}

/** Writes files below a folder. */
export function lay(folder: string, files: Readonly<Record<string, string>>): string {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

/** A build of one step, `deploy`, that says what it is and writes a result document. */
export const build = (version: string): Record<string, string> => ({
  'package.json': JSON.stringify({ name: 'canopy-delivery', version, type: 'module' }),
  'dist/package.json': JSON.stringify({ name: 'canopy-delivery', version, type: 'module' }),
  'dist/chunks/said.js': `export const said = 'canopy ${version}';\n`,
  'dist/steps/deploy.js': `import { writeFileSync } from 'node:fs';
import { said } from '../chunks/said.js';
console.log(said, 'umask', process.umask().toString(8));
if (process.env.HANG) {
  process.on('SIGTERM', () => process.exit(5));
  console.log('hanging', process.pid);
  setInterval(() => {}, 1000);
} else writeFileSync(process.argv[process.argv.indexOf('--result') + 1], JSON.stringify({ step: 'deploy', exit: 0 }));
`,
});

/** Packs a build as a release does; returns what the wrapper knows of it. */
export function release(folder: string, version: string): Record<string, string> {
  const files = build(version);
  const sum = (text: string | Buffer): string => createHash('sha256').update(text).digest('hex');
  const list = Object.entries(files)
    .map(([name, text]) => `${sum(text)}  ${name}\n`)
    .join('');
  lay(join(folder, 'pack'), { ...files, SHA256SUMS: list });
  const archive = join(folder, 'steps.tgz');
  spawnSync('tar', ['-czf', archive, '-C', join(folder, 'pack'), '.']);
  return {
    CANOPY_RUN_VERSION: version,
    CANOPY_RUN_SHA256: sum(readFileSync(archive)),
    CANOPY_RUN_SUMS: sum(list),
    CANOPY_RUN_ARCHIVE: archive,
  };
}

let count = 0;

/** Starts the script as Jenkins does: nothing in the environment but this. */
export function begin(
  folder: string,
  env: Readonly<Record<string, string | undefined>>,
  shell = 'sh',
): { child: ChildProcess; ended: Promise<Ended>; output(): string } {
  const result = join(folder, `run-${++count} a'b`, 'result.json');
  const base = {
    PATH: process.env['PATH'],
    HOME: join(folder, 'home'),
    CANOPY_RUN_STEP: 'deploy',
    CANOPY_RUN_RESULT: result,
  };
  const given = Object.entries({ ...base, ...env }).filter(([, value]) => value !== undefined);
  const child = spawn(shell, [script], {
    cwd: folder,
    env: Object.fromEntries(given),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.on('data', (chunk) => (output += String(chunk)));
  child.stderr.on('data', (chunk) => (output += String(chunk)));
  const ended = new Promise<Ended>((done, failed) => {
    child.once('error', failed);
    child.once('close', (code) => done({ code, output, answer: read(result) }));
  });
  return { child, ended, output: () => output };
}

export const run = (
  folder: string,
  env: Readonly<Record<string, string | undefined>>,
  shell?: string,
): Promise<Ended> => begin(folder, env, shell).ended;

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}
