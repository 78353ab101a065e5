/** The artifact that a deploy brings. */
import { endOtherUses, markInUse, openArtifact, tellOlder } from '../../artifact/index.ts';
import { fail } from '../../errors.ts';
import type { PackedFile } from '../../shared/member.ts';
import type { Setting } from './setting.ts';

export interface DeployArtifact {
  readonly shipped: ReleaseInfo;
  /** Rejects when the archive is not what it should be. */
  readonly sound: Promise<void>;
}

export interface ReleaseInfo {
  readonly app: string;
  readonly release: string;
  readonly commit: string;
  readonly version: string;
  readonly actor: string;
  /** Null where nothing is sent: the servers hold the release. */
  readonly archive: {
    readonly file: string;
    readonly sha256: string;
    readonly size: number;
    readonly files: Readonly<Record<string, PackedFile>>;
  } | null;
}

type ArtifactSetting = Pick<Setting, 'config' | 'environment' | 'open' | 'log' | 'actor'>;

/**
 * `path` is the archive or its manifest; null is the newest that was packaged here. The members of the archive are still
 * being looked into when this resolves: `sound`. Throws what reading an artifact throws.
 */
export async function artifactOf(setting: ArtifactSetting, path: string | null): Promise<DeployArtifact> {
  const { config, environment, open, log } = setting;
  const { folder, app } = config;
  const files = await open.files();
  const { file, manifest, sound } = await openArtifact(
    { path, folder, app, mark: (id) => markInUse({ folder, environment, id }, { ...open, files, log }) },
    { archive: await open.archive(), files },
  );
  const older = path === null ? await tellOlder(manifest.commit, setting.open) : null;
  if (older !== null) setting.log.warn(`the newest artifact ${older}`);
  return {
    sound,
    shipped: {
      app: setting.config.app,
      release: manifest.id,
      commit: manifest.commit,
      version: manifest.version,
      actor: setting.actor.name,
      archive: { file, sha256: manifest.sha256, size: manifest.size, files: manifest.files },
    },
  };
}

/**
 * The same under the lease: marked once more, for another deploy may have ended since. Throws when it is not there any more. What is
 * returned is called when the deploy was carried out: then no earlier one of the environment is taken up.
 */
export async function holdArtifact(
  { config, environment, open, log }: ArtifactSetting,
  { release: id, archive }: ReleaseInfo,
): Promise<() => Promise<void>> {
  if (archive === null) return async () => undefined;
  const files = await open.files();
  const use = { folder: config.folder, environment, id };
  const at = open.clock.now();
  await markInUse(use, { ...open, files, log });
  if (!(await files.exists(archive.file)))
    throw fail('artifact-missing', { file: archive.file, what: 'archive' });
  return () => endOtherUses(use, at, { files, log });
}

/** A release that the servers hold: nothing is sent. */
export const heldRelease = (
  setting: Setting,
  release: string,
  of: { readonly commit: string; readonly version: string } = { commit: '', version: '' },
): DeployArtifact => ({
  sound: Promise.resolve(),
  shipped: { app: setting.config.app, release, ...of, actor: setting.actor.name, archive: null },
});
