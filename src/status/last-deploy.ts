/** How the last deploy of an environment has ended, and what to type when that leaves something to be done. Pure. */
import { canResume, resumeOf, waysOn, type Journal } from '../deploy/index.ts';

export interface LastDeploy extends Pick<Journal, 'deploy' | 'release' | 'by' | 'startedAt' | 'state'> {
  /** The environment takes no deploy. */
  readonly blocked: boolean;
  /** `deploy --resume` goes on with it. */
  readonly resumable: boolean;
}

export function lastDeployOf(journal: Journal): LastDeploy {
  const { deploy, release, by, startedAt, state } = journal;
  return { deploy, release, by, startedAt, state, blocked: state === 'mixed', resumable: canResume(journal) };
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
