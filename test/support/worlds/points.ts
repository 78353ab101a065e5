/** Every point at which a controller may die: found by what it does to the store and to the servers, not listed by hand. */
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { toShell } from '../../../src/commands/core/shell.ts';
import type { Opener } from '../../../src/opener.ts';
import type { Exec, Host, Ssh, Store, Task } from '../../../src/ports/ports.ts';
import { waitFor } from '../wait-for.ts';

export interface Orders {
  /** The point at which this process kills itself, by its name or as `#17`: the 17th; empty: it lives. */
  readonly die: string;
  /** It is only frozen there, and may be thawed. */
  readonly freeze?: true;
  /** Each point that is come to is written into this file. */
  readonly file: string;
  /** Where the servers are on this machine: `<servers>/<instance>/shop`. */
  readonly servers: string;
}

/** The ports of a run, with a point before and after each change, and one in the middle of each command. */
export function withPoints(open: Opener, orders: Orders): Opener {
  const at = pointsOf(orders);
  return {
    ...open,
    store: async () => watchedStore(await open.store(), at),
    ssh: async () => watchedSsh(await open.ssh(), at, orders.servers),
    local: async () => watchedSsh(await open.local(), at, orders.servers),
    exec: async () => watchedExec(await open.exec(), at),
  };
}

/** Says that the run has come there, and may not come back. */
type At = (point: string) => void;

function pointsOf({ die, freeze, file }: Orders): At {
  const seen = new Map<string, number>();
  let count = 0;
  return (name) => {
    count += 1;
    const times = (seen.get(name) ?? 0) + 1;
    seen.set(name, times);
    const point = times === 1 ? name : `${name} (${times})`;
    appendFileSync(file, `${point}\n`);
    if (point === die || `#${count}` === die) process.kill(process.pid, freeze ? 'SIGSTOP' : 'SIGKILL');
  };
}

async function around<T>(at: At, name: string, work: () => Promise<T>): Promise<T> {
  at(`before ${name}`);
  const result = await work();
  at(`after ${name}`);
  return result;
}

function watchedStore(store: Store, at: At): Store {
  return {
    ...store,
    set: (key, value, options) =>
      around(at, `store: ${naming(key, null, value)}`, () => store.set(key, value, options)),
    swap: (key, expected, next, ...words) => {
      const write = (): Promise<boolean> => store.swap(key, expected, next, ...words);
      // The lease is renewed by the clock: that comes at no place of its own.
      const renewal = /:lock:[^:]+$/.test(key) && expected !== null && next !== null;
      return renewal ? write() : around(at, `store: ${naming(key, expected, next)}`, write);
    },
    remove: (key) => around(at, `store: ${naming(key, '', null)}`, () => store.remove(key)),
    next: (key, atLeast) => around(at, 'store: token', () => store.next(key, atLeast)),
    append: (stream, entry, keep) => around(at, 'store: audit', () => store.append(stream, entry, keep)),
  };
}

function naming(key: string, expected: string | null, next: string | null): string {
  if (key.includes(':lock:')) return expected === null ? 'lock taken' : 'lock freed';
  if (key.includes(':deploy:') && next !== null) return journalOf(next);
  return key.split(':').slice(2).join(':');
}

function journalOf(text: string): string {
  const { state, doing } = JSON.parse(text) as {
    state: string;
    doing: { kind: string; instance: string }[];
  };
  return `journal ${state}, ${doing.map(({ kind, instance }) => `${kind} ${instance}`).join(' + ') || 'nothing'}`;
}

/** A hook on this machine. */
const watchedExec = (exec: Exec, at: At): Exec => ({
  ...exec,
  shell: (lines, options) => around(at, `here: ${options.title}`, () => exec.shell(lines, options)),
});

const watchedSsh = (ssh: Ssh, at: At, servers: string): Ssh => ({
  host: async (address) => watchedHost(await ssh.host(address), address.name, at, servers),
  close: () => ssh.close(),
});

function watchedHost(host: Host, instance: string, at: At, servers: string): Host {
  return {
    get: (url, options) => host.get(url, options),
    connects: (name, port, options) => host.connects(name, port, options),
    exchange: (socket, text, options) => host.exchange(socket, text, options),
    run: async (task, signal) => {
      if (task.effect !== 'change') return host.run(task, signal);
      const action = actionOf(task);
      const name = `${action} ${instance}`;
      at(`before command: ${name}`);
      const journal = `${servers}/${instance}/shop/.canopy/journal`;
      const begun = beginnings(journal, action);
      const running = host.run(task, signal);
      let over = false;
      void running.catch(() => undefined).then(() => (over = true));
      await waitFor(`${name} to begin`, () => over || beginnings(journal, action) > begun);
      at(`amid command: ${name}`);
      const ran = await running;
      at(`after command: ${name}`);
      return ran;
    },
  };
}

/** What a command notes on the server before and after itself. */
const actionOf = (task: Task): string =>
  /"action":"(\w+)"/.exec(toShell(task.command))?.[1] ?? task.title.replace(/\d{14}-\w+-\w+/g, 'ID');

function beginnings(journal: string, action: string): number {
  if (!existsSync(journal)) return 0;
  const lines = readFileSync(journal, 'utf8').split('\n');
  return lines.filter((line) => line.includes(`"action":"${action}"`) && line.includes('"state":"begin"'))
    .length;
}
