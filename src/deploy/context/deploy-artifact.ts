/** The artifact that a deploy brings. */
import { openArtifact, tellOlder } from '../../artifact/index.ts';
import type { DeployRequest } from './request.ts';
import type { Setting } from './setting.ts';

export type DeployArtifact = Pick<DeployRequest, 'shipped' | 'size' | 'sound'>;
type ArtifactSetting = Pick<Setting, 'config' | 'open' | 'log' | 'actor'>;

/**
 * `path` is the archive or its manifest; null is the newest that was packaged here. The members of the archive are still
 * being looked into when this resolves: `sound`. Throws what reading an artifact throws.
 */
export async function artifactOf(setting: ArtifactSetting, path: string | null): Promise<DeployArtifact> {
  const { file, manifest, sound } = await openArtifact(
    { path, folder: setting.config.folder, app: setting.config.app },
    { archive: await setting.open.archive(), files: await setting.open.files() },
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
    size: {
      packed: manifest.size,
      unpacked: Object.values(manifest.files).reduce((sum, { size }) => sum + size, 0),
    },
  };
}

/** A release that the servers hold: nothing is sent. */
export const heldRelease = (
  setting: Setting,
  release: string,
  of: { readonly commit: string; readonly version: string } = { commit: '', version: '' },
): DeployArtifact => ({
  sound: Promise.resolve(),
  shipped: { app: setting.config.app, release, ...of, actor: setting.actor.name, archive: null },
  size: null,
});
