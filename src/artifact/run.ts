/** The step package: builds once, and makes an archive with its manifest. */
import { join } from 'node:path';
import type { ArtifactConfig } from '../config/types.ts';
import { fail } from '../errors.ts';
import type { Archive, Clock, Exec, Files, Git, Log } from '../ports/ports.ts';
import { releaseId } from './id.ts';
import { buildKey } from './key.ts';
import type { Manifest } from './parse.ts';
import { artifactsFolder, findBuilt, storeArtifact } from './artifact-store.ts';
import { pruneArtifacts } from './prune.ts';
import { packageRemarks, refusePointers } from './remarks.ts';
import { selectFiles } from './select.ts';
import { errorLine } from '../shared/text/error-line.ts';
import { few } from '../shared/text/few.ts';

export interface PackageOptions {
  readonly app: string;
  /** Absolute: where canopy.yml stands. */
  readonly folder: string;
  readonly config: ArtifactConfig;
  /** BUILD_NUMBER and BUILD_URL of the CI. */
  readonly build: { readonly number: string | null; readonly url: string | null };
  /** Node's version and the platform, `v20.19.0-linux-x64`: what was built by another is built again. */
  readonly runtime: string;
  readonly signal?: AbortSignal;
}

export interface PackagePorts {
  readonly archive: Archive;
  readonly clock: Clock;
  readonly exec: Exec;
  readonly files: Files;
  readonly git: Git;
  readonly log: Log;
}

export interface PackageResult {
  /** `unchanged`: the same commit and inputs were packaged before. */
  readonly outcome: 'done' | 'unchanged';
  /** The archive, relative to the folder of canopy.yml. */
  readonly artifact: string;
  readonly manifest: Manifest;
  readonly warnings: readonly string[];
  /** Ids of older artifacts that were deleted. */
  readonly deleted: readonly string[];
}

/** Builds and packs, or finds what the same commit and inputs gave before. */
export async function packageArtifact(options: PackageOptions, ports: PackagePorts): Promise<PackageResult> {
  await ports.files.prove(join(options.folder, artifactsFolder, 'latest.json'));
  const head = await ports.git.head();
  const version = (await versionOf(options.folder, ports.files)) ?? head.commit;
  const inputs = await steering(options.folder, ports.files);
  const key = buildKey({ ...options, commit: head.commit, version, inputs });
  const warnings = head.dirty
    ? [
        'the work tree holds changes that are in no commit: this artifact cannot be made again from its commit',
      ]
    : [];
  for (const warning of warnings) ports.log.warn(warning, 'package');
  const before = head.dirty ? null : await findBuilt(options.folder, key, ports);
  if (before) {
    ports.log.info(`${before.manifest.id} is of the same commit and inputs: nothing to build`, 'package');
    return { outcome: 'unchanged', ...before, warnings, deleted: await prune(options, ports) };
  }
  const names = await collect(options, ports);
  const packed = await ports.archive.pack({
    folder: options.folder,
    names,
    time: head.time,
    into: join(options.folder, artifactsFolder),
    name: (sha256) => `${releaseId(head.time, head.commit, sha256)}.tgz`,
  });
  await unmoved(head.commit, ports.git);
  const manifest: Manifest = {
    format: 1,
    app: options.app,
    id: releaseId(head.time, head.commit, packed.sha256),
    commit: head.commit,
    branch: head.branch,
    version,
    build: options.build,
    time: new Date(ports.clock.now()).toISOString(),
    sha256: packed.sha256,
    size: packed.size,
    dirty: head.dirty,
    key,
    files: packed.files,
  };
  const artifact = await storeArtifact(options.folder, manifest, ports.files);
  return { outcome: 'done', artifact, manifest, warnings, deleted: await prune(options, ports) };
}

async function prune({ folder, config }: PackageOptions, ports: PackagePorts): Promise<readonly string[]> {
  const gone = await pruneArtifacts(folder, config.keep, ports);
  if (gone.length > 0)
    ports.log.info(
      `deleted what is older than the newest ${config.keep} (artifact.keep): ${few(gone)}`,
      'package',
    );
  return gone;
}

/** Builds, and says what is packed then. */
async function collect(options: PackageOptions, ports: PackagePorts): Promise<string[]> {
  const { folder, config } = options;
  const built = await build(options, ports);
  const members = await selectFiles({ folder, patterns: config.files, built }, ports);
  await refusePointers(folder, members, ports.files);
  const taken = { folder, patterns: config.files, members, builds: config.build.length > 0 };
  for (const remark of await packageRemarks(taken, ports)) ports.log.warn(remark, 'package');
  return members.map(({ name }) => name);
}

/** False when a dry run only pretended. */
async function build(options: PackageOptions, ports: PackagePorts): Promise<boolean> {
  const { config, folder, signal } = options;
  if (config.build.length === 0) return true;
  const ran = await ports.exec.shell(config.build, {
    cwd: folder,
    title: 'build the artifact',
    effect: 'change',
    onLine: (line) => ports.log.info(line, 'build'),
    ...(signal ? { signal } : {}),
  });
  if (ran.code !== 0)
    throw fail('artifact-build', { code: ran.code, detail: errorLine(ran) ?? 'it printed nothing' });
  return ran.assumed !== true;
}

/** Two builds in one folder: what was packed would be a bit of both. */
async function unmoved(before: string, git: Git): Promise<void> {
  const after = (await git.head()).commit;
  if (after !== before)
    throw fail('artifact-moved', { before: before.slice(0, 7), after: after.slice(0, 7) });
}

async function versionOf(folder: string, files: Files): Promise<string | null> {
  const file = join(folder, 'package.json');
  if (!(await files.exists(file))) return null;
  const text = await files.read(file);
  try {
    const version = (JSON.parse(text) as { version?: unknown } | null)?.version;
    return typeof version === 'string' && /^[\x21-\x7e]{1,100}$/.test(version) ? version : null;
  } catch (error) {
    throw fail('artifact-version', { file, reason: (error as Error).message }, { cause: error });
  }
}

const steers = [
  'package-lock.json',
  'npm-shrinkwrap.json',
  'yarn.lock',
  'pnpm-lock.yaml',
  '.npmrc',
  '.nvmrc',
];

async function steering(folder: string, files: Files): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const name of steers) {
    const file = join(folder, name);
    if (await files.exists(file)) found[name] = await files.read(file);
  }
  return found;
}
