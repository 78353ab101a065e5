/** The HAProxys of canopy.yml, each behind its socket. */
import {
  complaint,
  parseHaproxyState,
  showInfo,
  showLevel,
  showServersState,
  showStat,
  toRequest,
  type RuntimeCommand,
  type HaproxyState,
} from '../haproxy/index.ts';
import type { HaproxyConfig } from '../config/types.ts';
import { CanopyError, fail, failAll, type Problem } from '../errors.ts';
import type { Host, Ssh } from '../ports/ports.ts';

/** One HAProxy. */
export interface Haproxy {
  /** As canopy.yml names its host. */
  readonly name: string;
  /** Throws `haproxy-away`, `haproxy-odd`, `haproxy-backend`. */
  stand(): Promise<HaproxyState>;
  /** Throws `haproxy-away`, `haproxy-refused`. */
  tell(lines: readonly RuntimeCommand[], title: string): Promise<void>;
}

export interface WayThere {
  ssh(): Promise<Ssh>;
  local(): Promise<Ssh>;
}

/** An answer takes milliseconds; beyond this it hangs. */
const timeoutMs = 5000;

/** Nothing is opened before the first question. */
export const haproxiesOf = (config: HaproxyConfig, open: WayThere): readonly Haproxy[] =>
  config.hosts.map((name) => haproxyAt(name, config, open));

function haproxyAt(name: string, { socket, backend }: HaproxyConfig, open: WayThere): Haproxy {
  let host: Promise<Host> | null = null;
  const reach = (): Promise<Host> => {
    host ??= (name === 'local' ? open.local() : open.ssh()).then((ssh) => ssh.host({ name, host: name }));
    // The next question tries anew.
    host.catch(() => (host = null));
    return host;
  };
  const ask = async (
    lines: readonly RuntimeCommand[],
    effect: 'read' | 'change',
    title: string,
  ): Promise<string> => {
    try {
      const { text } = await (await reach()).exchange(socket, toRequest(lines), { effect, timeoutMs, title });
      return text;
    } catch (error) {
      throw error instanceof CanopyError ? away(name, error) : error;
    }
  };
  return {
    name,
    async stand() {
      const lines = [showLevel, showInfo, showStat(backend), showServersState(backend)];
      const parsed = parseHaproxyState(await ask(lines, 'read', 'look'));
      if (parsed.ok) return parsed.stand;
      if (parsed.kind === 'backend') throw fail('haproxy-backend', { host: name, backend });
      throw fail('haproxy-odd', { host: name, socket, reason: parsed.reason });
    },
    async tell(lines, title) {
      const reason = complaint(await ask(lines, 'change', title));
      if (reason !== null) throw fail('haproxy-refused', { host: name, reason });
    },
  };
}

/** What went wrong on the way there keeps its own words and its own advice. */
const away = (host: string, error: CanopyError): CanopyError =>
  fail(
    'haproxy-away',
    {
      host,
      reason: error.problems.map(({ message }) => message).join('; '),
      next: error.problems[0]?.hint ?? '',
    },
    { cause: error },
  );

/** The same with all of them at a time; throws what went wrong with any of them, together. */
export async function withAll<T>(
  haproxies: readonly Haproxy[],
  work: (one: Haproxy) => Promise<T>,
): Promise<T[]> {
  const ended = await Promise.allSettled(haproxies.map(work));
  const problems: Problem[] = [];
  const done: T[] = [];
  for (const one of ended) {
    if (one.status === 'fulfilled') done.push(one.value);
    else if (one.reason instanceof CanopyError) problems.push(...one.reason.problems);
    else throw one.reason;
  }
  if (problems.length > 0) throw failAll(problems);
  return done;
}
