/** How the last deploy of an environment has ended, and what to type when that leaves something to be done. Pure. */
import { resumeOf, waysOn } from '../deploy/index.ts';
import type { DeploySnapshot } from '../observe/index.ts';

export type LastDeploy = Pick<
  DeploySnapshot,
  'deploy' | 'release' | 'by' | 'startedAt' | 'state' | 'blocked' | 'resumable'
>;

/** What the result document has of it. */
export function lastDeployOf({
  deploy,
  release,
  by,
  startedAt,
  state,
  blocked,
  resumable,
}: DeploySnapshot): LastDeploy {
  return { deploy, release, by, startedAt, state, blocked, resumable };
}

/** What has to be said of it; null: nothing. `isLocked`: somebody is at work there. */
export function tellLast(
  environment: string,
  { deploy, release, state, blocked, resumable }: LastDeploy,
  isLocked: boolean,
): string | null {
  const next = resumable ? `: ${resumeOf(environment)[0]}` : '';
  if (blocked) {
    const ways = waysOn({ environment, resumable }).map(([command]) => command);
    return `BLOCKED: left mixed by its last deploy (${deploy}), it takes no other until ${ways.join(', or ')}`;
  }
  if (isLocked) return null;
  if (state === 'running') return `its last deploy (${deploy}) ended without a word${next}`;
  if (state === 'aborted')
    return `its last deploy (${deploy} of ${release}) was aborted${resumable ? next : ', and all went back'}`;
  if (state === 'frozen')
    return `its last deploy (${deploy} of ${release}) failed and was frozen as it is${next}`;
  if (state === 'partial')
    return `its last deploy (${deploy} of ${release}) is on a part of the instances alone: canopy deploy --environment ${environment}`;
  return null;
}
