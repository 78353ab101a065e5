/**
 * The drivers of a dry run. A read is done for real, a change is noted and not done, a check (a read about what a change
 * has done) is taken as passed. Time is virtual: waiting costs nothing.
 */
import { toShell } from '../commands/core/shell.ts';
import type {
  Archive,
  Balancer,
  Clock,
  Exec,
  Files,
  GetOptions,
  Host,
  Http,
  Messenger,
  HttpAnswer,
  Ran,
  Ssh,
  Store,
  Task,
} from '../ports/ports.ts';

/** Hears of a change that is left out: what, where (an instance, the store, or this machine), and the command in full. */
export type Recorder = (what: string, where: string, command?: string) => void;

const here = 'here';
const done: Ran = { code: 0, stdout: '', stderr: '', assumed: true };
const assumed: HttpAnswer = { status: 200, headers: {}, body: '', assumed: true };

export function recordingSsh(real: Ssh, note: Recorder): Ssh {
  return {
    host: async (address) => recordingHost(await real.host(address), address.name, note),
    close: () => real.close(),
  };
}

function recordingHost(real: Host, name: string, note: Recorder): Host {
  return {
    run: async (task: Task, signal?: AbortSignal): Promise<Ran> => {
      if (task.effect === 'read') return real.run(task, signal);
      const sends = task.input ? ` < ${task.input.file}` : '';
      note(task.title, name, `${toShell(task.command)}${sends}`);
      return done;
    },
    get: (url, options) => ask(options, () => real.get(url, options)),
    connects: async (host, port, options) =>
      options.effect === 'read' ? real.connects(host, port, options) : true,
    exchange: async (socket, text, options) => {
      if (options.effect === 'read') return real.exchange(socket, text, options);
      note(options.title, name, `${text.trimEnd()} > ${socket}`);
      return { text: '', assumed: true };
    },
  };
}

export function recordingHttp(real: Http, note: Recorder): Http {
  return {
    get: (url, options) => ask(options, () => real.get(url, options)),
    send: async (method, url, body, options) => {
      if (options.effect === 'read') return real.send(method, url, body, options);
      note(`${method} ${url}`, here);
      return assumed;
    },
  };
}

export function recordingMessenger({ idempotent, find }: Messenger, note: Recorder): Messenger {
  return {
    idempotent,
    find,
    send: async ({ subject, to }) => {
      note(`tell ${to}: ${subject}`, here);
      return { is: 'accepted', providerId: 'dry-run' };
    },
  };
}

const ask = async (options: GetOptions, real: () => Promise<HttpAnswer>): Promise<HttpAnswer> =>
  options.effect === 'read' ? real() : assumed;

export function recordingStore(real: Store, note: Recorder): Store {
  // Each change of a key once: a journal is written after every action.
  const said = new Set<string>();
  const told = (text: string): void => {
    if (!said.has(text)) note(text, 'store');
    said.add(text);
  };
  return {
    get: (key) => real.get(key),
    list: (prefix) => real.list(prefix),
    tail: (stream, count) => real.tail(stream, count),
    subscribe: (channel, heard) => real.subscribe(channel, heard),
    isInCharge: async () => true,
    close: () => real.close(),
    set: async (key, _value, options) => {
      told(`set ${key}`);
      return !options?.ifAbsent || (await real.get(key)) === null;
    },
    swap: async (key) => (told(`change ${key}`), true),
    remove: async (key) => (told(`remove ${key}`), true),
    next: async (key, atLeast) => {
      told(`raise ${key}`);
      return Math.max(Number((await real.get(key)) ?? 0), atLeast) + 1;
    },
    append: async (stream) => (told(`add to ${stream}`), '0-0'),
    publish: async (channel) => told(`publish on ${channel}`),
  };
}

export function recordingBalancer(real: Balancer, note: Recorder): Balancer {
  // What would have become of an instance by now: the load is read for real.
  const drained = new Map<string, boolean>();
  return {
    check: () => real.check(),
    drained: () => real.drained(),
    load: async () => {
      const load = await real.load();
      const instances = load.instances.map((one) => {
        const out = drained.get(one.name);
        return out === undefined ? one : { ...one, drained: out, healthy: !out };
      });
      return { ...load, instances };
    },
    reconcile: async () => undefined,
    settle: async () => [],
    drain: async (instance) => {
      drained.set(instance, true);
      note('drain: no new requests, wait for those in flight', instance);
      return { cut: 0 };
    },
    ready: async (instance) => {
      drained.set(instance, false);
      note('take back into the traffic', instance);
    },
  };
}

export function recordingExec(real: Exec, note: Recorder): Exec {
  return {
    shell: async (lines, options) => {
      if (options.effect === 'read') return real.shell(lines, options);
      note(options.title, here, [lines].flat().join('\n'));
      return { ...done, assumed: true };
    },
  };
}

export function recordingFiles(real: Files, note: Recorder): Files {
  return {
    ...real,
    write: async (path) => note(`write ${path}`, here),
    remove: async (path) => note(`remove ${path}`, here),
  };
}

/** What would be packed is noted; no bytes, so a hash of zeros. */
export function recordingArchive(real: Archive, note: Recorder): Archive {
  return {
    ...real,
    pack: async ({ names, into, name }) => {
      const sha256 = '0'.repeat(64);
      note(`pack ${names.length} files into ${into}`, here);
      return { file: `${into}/${name(sha256)}`, sha256, size: 0, files: {} };
    },
    bundle: async ({ archive }) => ({
      front: Buffer.alloc(0),
      file: archive,
      size: 0,
      discard: async () => undefined,
    }),
  };
}

/** A clock that jumps: a sleep is over at once, and that much later. */
export function virtualClock(start: number): Clock {
  let now = start;
  return {
    now: () => now,
    sleep: async (ms) => {
      now += ms;
    },
  };
}
