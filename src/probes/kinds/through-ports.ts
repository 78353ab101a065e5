/** Probes that ask through ports: SSH as a deploy does, Redis, a command of the user, heartbeats of others. */
import { argv } from '../../commands/core/command.ts';
import type { Lines, StoreConfig } from '../../config/types.ts';
import { isCanopyError } from '../../errors.ts';
import type { Exec, RedisServer, Ssh, Store } from '../../ports/ports.ts';
import { messageOf } from '../../shared/text/thrown.ts';
import { showDuration } from '../../shared/text/units.ts';
import { TooLate, withTimeout } from '../../shared/time.ts';
import { bad, lasted, type ProbeResult, type Probe } from './check.ts';
import { heartbeatOf, waitFor } from './heartbeat.ts';
import { replicationOf } from './replication.ts';
import { tooLate } from './socket.ts';

const nothingKept = { close: () => undefined };

/** The result, or in words what went wrong; of an error of the catalogue its first line alone. */
async function tried(timeoutMs: number, work: () => Promise<ProbeResult>): Promise<ProbeResult> {
  try {
    return await withTimeout(work(), timeoutMs);
  } catch (error) {
    if (error instanceof TooLate) return tooLate(timeoutMs);
    if (!isCanopyError(error)) throw error;
    return bad(messageOf(error).split('\n')[0] ?? '');
  }
}

export const sshProbe = (name: string, host: string, ssh: () => Promise<Ssh>): Probe => ({
  ...nothingKept,
  check: (timeoutMs) => {
    const began = performance.now();
    return tried(timeoutMs, async () => {
      const opened = await (await ssh()).host({ name, host });
      const { code } = await opened.run({
        command: argv('true'),
        effect: 'read',
        title: 'answer',
        timeoutMs,
      });
      const latencyMs = lasted(began);
      return code === 0
        ? { ok: true, latencyMs, why: 'a login and a command work' }
        : bad(`a command ends with exit code ${code} there`, { latencyMs });
    });
  },
});

export type OpenRedisServer = (config: StoreConfig, onLost: () => void) => Promise<RedisServer>;

export function redisProbe(store: StoreConfig, open: OpenRedisServer, onBroken: () => void): Probe {
  let server: Promise<RedisServer> | null = null;
  return {
    check: (timeoutMs) => {
      const began = performance.now();
      return tried(timeoutMs, async () => {
        server ??= open(store, onBroken);
        const found = await (await server).ask();
        if ('wrong' in found) return bad(found.wrong);
        const { lagMs, text } = replicationOf(found.replication);
        return { ok: true, latencyMs: lasted(began), why: `it answers PING, ${text}`, lagMs };
      });
    },
    close: () => void server?.then((one) => one.close()),
  };
}

/** What a command is told beside the environment of this process, and where it runs. */
interface CommandPlace {
  readonly app: string;
  readonly folder: string;
  readonly exec: () => Promise<Exec>;
}

export const commandProbe = (name: string, command: Lines, { app, folder, exec }: CommandPlace): Probe => {
  const stop = new AbortController();
  return {
    check: async (timeoutMs) => {
      const began = performance.now();
      let last = '';
      try {
        const { code } = await (
          await exec()
        ).shell(command, {
          cwd: folder,
          title: `check ${name}`,
          effect: 'read',
          env: { CANOPY_APP: app, CANOPY_TARGET: name },
          timeoutMs,
          signal: stop.signal,
          onLine: (line) => {
            if (line.trim() !== '') last = line.trim();
          },
        });
        const why = last === '' ? `it ends with exit code ${code}` : last;
        return { ok: code === 0, latencyMs: lasted(began), why };
      } catch (error) {
        if (!isCanopyError(error)) throw error;
        if (error.code === 'aborted') return { ok: null, latencyMs: null, why: 'the watch is stopping' };
        // Of a command that cannot be started nobody knows what it would have said.
        if (error.code !== 'command-timeout') return { ok: null, latencyMs: null, why: error.message };
        return bad(`not finished within ${showDuration(timeoutMs)}`);
      }
    },
    close: () => stop.abort(new Error('the watch stops')),
  };
};

/** Down when none came for so long, and unknown while that cannot be read. */
export const heartbeatProbe = (
  name: string,
  withinMs: number,
  {
    app,
    store,
    now,
  }: { readonly app: string; readonly store: () => Promise<Store>; readonly now: () => number },
): Probe => ({
  ...nothingKept,
  check: async (timeoutMs) => {
    const found = await tried(timeoutMs, async () => {
      const opened = await store();
      const beat = (await heartbeatOf(opened, app, name)) ?? (await waitFor(opened, app, name, now()));
      const ageMs = Math.max(0, now() - beat.at);
      const since = `${beat.came ? 'the last one came' : 'none came since'} ${showDuration(ageMs)} ago`;
      if (ageMs > withinMs) return bad(`no heartbeat within ${showDuration(withinMs)}: ${since}`, { ageMs });
      return { ok: beat.came ? true : null, latencyMs: null, why: since, ageMs: beat.came ? ageMs : null };
    });
    return found.ageMs === undefined ? { ...found, ok: null } : found;
  },
});
