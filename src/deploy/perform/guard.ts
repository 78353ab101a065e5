/** Lets an instance leave the traffic when the others can do without it; waits for that, but not for ever. */
import type { Config, Environment } from '../../config/types.ts';
import { CanopyError, fail } from '../../errors.ts';
import type { Balancer, Clock, Log, TrafficLoad } from '../../ports/ports.ts';
import { showDuration } from '../../shared/text/units.ts';
import { refusal, type CapacityQuestion, type InstanceCapacity } from '../plan/capacity.ts';
import { until } from '../../shared/time.ts';

interface GuardSetup {
  readonly config: Config;
  readonly environment: Environment;
  /** How many may be out at a time; null: capacity alone counts. */
  readonly mostOut: number | null;
  readonly balancer: Balancer;
  readonly clock: Clock;
  readonly log: Log;
  /** A signal, or the loss of the lock: nothing is waited for any more. */
  readonly stop: AbortSignal;
}

export interface CapacityGuard {
  /**
   * Resolves when the instance may leave the traffic together with its wave; false when it was told to stop meanwhile.
   * Throws `capacity` with the figures when that does not come in time.
   */
  admit(instance: string, wave: readonly string[]): Promise<boolean>;
}

const everyMs = 1000;

export function openGuard(setup: GuardSetup): CapacityGuard {
  const { environment, balancer, clock, log, stop } = setup;
  const waitMs = environment.rollout.capacityWaitMs;
  let toldBlind = false;
  const tellBlind = ({ own, other }: CapacityQuestion): void => {
    const blind = [...own, ...other].some(({ perSecond }) => perSecond === null);
    if (toldBlind || !blind || !own.some(({ capacity }) => capacity !== null)) return;
    toldBlind = true;
    log.warn('the balancer tells no load: capacity is not compared with it, only maxUnavailable is kept');
  };
  return {
    async admit(instance, wave) {
      const deadline = clock.now() + waitMs;
      const wasTold = stop.aborted;
      let told = false;
      const look = async (): Promise<boolean | undefined> => {
        const question = questionOf(setup, await balancer.load(), instance, wave);
        tellBlind(question);
        const reason = refusal(question);
        if (reason === null) {
          if (told) log.info('the others can do without it now', instance);
          return true;
        }
        // In the middle of a wave there is no going on without it.
        if (stop.aborted && !wasTold) return false;
        if (clock.now() >= deadline || wasTold)
          throw fail('capacity', { host: instance, reason, waited: showDuration(waitMs) });
        if (!told) log.info(`waits: ${reason}`, instance);
        log.progress(instance, `waits: ${reason}`);
        told = true;
        return undefined;
      };
      return until(clock, () => Math.min(everyMs, deadline - clock.now()), look, stop);
    },
  };
}

/** Instances of the environment that serve nobody, as the balancer sees it; empty when nobody is there to say. */
export async function outOf(balancer: Balancer, environment: Environment): Promise<readonly string[]> {
  try {
    await balancer.check();
    const { instances } = await balancer.load();
    const serving = instances.filter(({ healthy, drained }) => healthy && !drained).map(({ name }) => name);
    return environment.instances.map(({ name }) => name).filter((name) => !serving.includes(name));
  } catch (error) {
    // Whether that matters is asked later, when it is known that something is to be done.
    if (error instanceof CanopyError) return [];
    throw error;
  }
}

function questionOf(
  { config, environment, mostOut }: GuardSetup,
  traffic: TrafficLoad,
  instance: string,
  wave: readonly string[],
): CapacityQuestion {
  const { stable, canary } = config.traffic ?? { stable: environment.name, canary: null };
  const isCanary = environment.name === canary;
  const beside = isCanary ? stable : canary;
  const { rollout } = environment;
  return {
    instance,
    wave,
    own: standings(environment, traffic),
    other: standings(beside === null ? undefined : config.environments[beside], traffic),
    role: isCanary ? 'canary' : 'stable',
    canaryShare: traffic.canaryShare,
    maxUnavailable: mostOut,
    margin: rollout.margin,
  };
}

function standings(environment: Environment | undefined, traffic: TrafficLoad): InstanceCapacity[] {
  const found = new Map(traffic.instances.map((one) => [one.name, one]));
  return (environment?.instances ?? []).map(({ name, capacity }) => {
    const seen = found.get(name);
    return {
      name,
      capacity,
      healthy: seen?.healthy ?? false,
      drained: seen?.drained ?? false,
      // One that no router knows gets no request.
      perSecond: seen === undefined ? 0 : seen.requestsPerSecond,
    };
  });
}
