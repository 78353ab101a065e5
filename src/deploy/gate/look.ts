/** Whether instances that run a release already are healthy with it: each gate is asked once. */
import type { Instance } from '../../config/types.ts';
import { failAll } from '../../errors.ts';
import type { ProofFinding } from '../model/actions.ts';
import { lookUp } from '../../shared/look-up.ts';
import { withService } from '../model/kept-service.ts';
import { asItIs, filesOf } from '../model/site.ts';
import type { ConnectedFleet } from '../context/deploy-context.ts';
import { hostOf } from '../servers/change.ts';
import { tryEach } from '../servers/try-each.ts';
import { look, type HealthGatePorts } from './gate.ts';
import { withKeptCheck } from './kept.ts';

type LookPorts = Omit<HealthGatePorts, 'host'> & {
  readonly limit: number;
  /** Whether it is an earlier release, which is judged by the check that it was deployed with. */
  readonly isEarlier: boolean;
};

interface LookedAt {
  /** What shows that it is the release which answers, for each that is healthy. */
  readonly healthy: ReadonlyMap<string, ProofFinding>;
  /** Why the others are not. */
  readonly sick: ReadonlyMap<string, string>;
}

/** Throws one error for all that could not be asked. */
export async function lookAtAll(
  instances: readonly Instance[],
  release: string,
  { hosts, facts }: ConnectedFleet,
  { limit, isEarlier, ...ports }: LookPorts,
): Promise<LookedAt> {
  const healthy = new Map<string, ProofFinding>();
  const sick = new Map<string, string>();
  const problems = await tryEach(instances, limit, async (instance) => {
    const { name, path } = instance;
    const host = hostOf({ hosts }, instance);
    const started = withService(instance, lookUp(facts[name]?.services ?? {}, release) ?? null);
    const kept = isEarlier ? await withKeptCheck(started, release, host) : null;
    const { reason, ...found } = await look(
      kept ?? asItIs(started, facts[name], release),
      filesOf(facts[name], path, release),
      { ...ports, host },
    );
    if (reason === null) healthy.set(name, found);
    else sick.set(name, reason);
  });
  if (problems.length > 0) throw failAll(problems);
  return { healthy, sick };
}
