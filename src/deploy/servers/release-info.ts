/** What a deploy brings to a server beside the files themselves. Pure. */
import type { Instance } from '../../config/types.ts';
import type { ReleaseInfo } from '../context/deploy-artifact.ts';
import { keptService } from '../model/kept-service.ts';
import { keptCheck } from '../plan/kept-check.ts';

/** `.canopy/release.json`: what this folder is, the check by which it is to be judged, and by what it is started. */
export const releaseRecord = (
  shipped: ReleaseInfo,
  instance: Instance,
  masked: (text: string) => string,
): string =>
  `${JSON.stringify(
    {
      app: shipped.app,
      release: shipped.release,
      commit: shipped.commit,
      version: shipped.version,
      sha256: shipped.archive?.sha256 ?? null,
      instance: instance.name,
      by: shipped.actor,
      health: keptCheck(instance, masked),
      service: keptService(instance, masked),
    },
    null,
    2,
  )}\n`;

/** The variables that a service starts with. */
export const runtimeEnv = (shipped: ReleaseInfo, instance: Instance): Readonly<Record<string, string>> => ({
  ...instance.env,
  CANOPY_RELEASE: shipped.release,
  CANOPY_COMMIT: shipped.commit,
  CANOPY_INSTANCE: instance.name,
});
