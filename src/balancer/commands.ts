/** The balancer that people have already: their own commands take an instance out and put it back. */
import type { CommandsConfig } from '../config/types.ts';
import type { Config, Environment, Instance, TrafficConfig } from '../config/types.ts';
import { CanopyError, fail } from '../errors.ts';
import { toLine } from '../shared/text/line.ts';
import type { Balancer, Clock, Exec, Log, Ran, Store, TrafficLoad } from '../ports/ports.ts';
import { change, read, shareOf, type Change, type First, type TrafficState } from '../traffic/index.ts';

interface CommandsSetup {
  readonly config: Config;
  readonly commands: CommandsConfig;
  readonly exec: () => Promise<Exec>;
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly by?: string;
  readonly first?: Partial<First>;
}

/** What a drain ends with when not all requests were done; the last line of its output says how many. */
const leftExit = 75;

/** Who is drained is remembered in the store: nobody else knows. Nothing is counted, so the load is not known. */
export class CommandsBalancer implements Balancer {
  readonly #setup: CommandsSetup;
  readonly #environments: readonly Environment[];

  constructor(setup: CommandsSetup) {
    this.#setup = setup;
    const { stable, canary } = setup.config.traffic as TrafficConfig;
    this.#environments = [stable, canary].flatMap((name) =>
      name === null ? [] : (setup.config.environments[name] ?? []),
    );
  }

  async check(): Promise<void> {
    const { check, timeoutMs } = this.#setup.commands;
    if (check !== null) await this.#run('check', check, {}, timeoutMs);
  }

  async drained(): Promise<readonly string[]> {
    return Object.keys((await this.#read())?.drained ?? {});
  }

  async load(): Promise<TrafficLoad> {
    const state = await this.#read();
    const drained = state?.drained ?? {};
    const instances = this.#environments
      .flatMap((one) => one.instances)
      .map(({ name }) => ({
        name,
        healthy: true,
        drained: Object.hasOwn(drained, name),
        requestsPerSecond: null,
      }));
    return { canaryShare: state === null ? 0 : shareOf(state), instances };
  }

  async drain(instance: string, timeoutMs: number): Promise<{ readonly cut: number }> {
    const { commands, clock, log, by } = this.#setup;
    const env = this.#envOf(instance, timeoutMs);
    // First written down: whoever comes after a crash puts it back.
    await this.#change({ kind: 'drain', instance, note: { since: clock.now(), by: by ?? 'deploy' } });
    try {
      const ran = await this.#run('drain', commands.drain, env, timeoutMs, instance, [leftExit]);
      return { cut: ran.code === leftExit ? leftOf(ran) : 0 };
    } catch (error) {
      if (!(error instanceof CanopyError) || error.code !== 'command-timeout') throw error;
      log.warn(`${error.message}; how many requests are left is not known`, instance);
      return { cut: 1 };
    }
  }

  async ready(instance: string, timeoutMs: number): Promise<void> {
    const { ready } = this.#setup.commands;
    await this.#run('ready', ready, this.#envOf(instance, timeoutMs), timeoutMs, instance);
    await this.#change({ kind: 'ready', instance });
  }

  /** Nobody can be asked how things stand. */
  async reconcile(): Promise<void> {}

  async settle(): Promise<readonly string[]> {
    const { weight, timeoutMs } = this.#setup.commands;
    if (weight === null) return [];
    const state = await this.#read();
    const share = state === null ? 0 : shareOf(state);
    const env = { CANOPY_WEIGHT: String(share), CANOPY_ALERT: state?.alert ? '1' : '0' };
    await this.#run('weight', weight, env, timeoutMs);
    return [];
  }

  #read(): Promise<TrafficState | null> {
    return read(this.#setup.config.app, this.#setup.store);
  }

  async #change(one: Change): Promise<void> {
    const { config, first, store, clock, log } = this.#setup;
    await change(config.app, [one], { store, clock, log }, first);
  }

  #envOf(name: string, timeoutMs: number): Record<string, string> {
    const found = this.#environments
      .flatMap((environment) => environment.instances.map((instance) => ({ environment, instance })))
      .find(({ instance }) => instance.name === name);
    if (found === undefined)
      throw fail('balancer-instance', {
        instance: name,
        environments: this.#environments.map((one) => one.name).join(' and '),
      });
    return {
      ...instanceEnv(found.instance),
      CANOPY_ENVIRONMENT: found.environment.name,
      CANOPY_TIMEOUT: seconds(timeoutMs),
    };
  }

  async #run(
    name: 'drain' | 'ready' | 'weight' | 'check',
    lines: readonly string[],
    env: Readonly<Record<string, string>>,
    timeoutMs: number,
    instance = '',
    fine: readonly number[] = [],
  ): Promise<Ran> {
    const { config, log } = this.#setup;
    const exec = await this.#setup.exec();
    const ran = await exec.shell(lines, {
      cwd: config.folder,
      title: `${name} of the balancer${instance === '' ? '' : `, ${instance}`}`,
      effect: name === 'check' ? 'read' : 'change',
      env: { CANOPY_APP: config.app, ...env },
      timeoutMs,
      onLine: (line) => log.debug(line, instance),
    });
    if (ran.code === 0 || fine.includes(ran.code)) return ran;
    throw fail('balancer-command', {
      name,
      about: instance === '' ? '' : ` for ${instance}`,
      code: String(ran.code),
      detail: toLine((ran.stderr.trim() || ran.stdout.trim()).split('\n').at(-1) || 'it said nothing', 300),
    });
  }
}

const instanceEnv = ({ name, url, host, tags }: Instance): Record<string, string> => ({
  CANOPY_INSTANCE: name,
  CANOPY_URL: url ?? '',
  CANOPY_HOST: host ?? '',
  CANOPY_TAGS: tags.join(','),
});

const seconds = (ms: number): string => String(Math.ceil(ms / 1000));

/** One at least, when it does not say. */
function leftOf({ stdout }: Ran): number {
  const count = Number(stdout.trim().split('\n').at(-1));
  return Number.isSafeInteger(count) && count > 0 ? count : 1;
}
