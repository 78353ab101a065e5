// The demo's side of load.mjs.
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('load.mjs', import.meta.url));

/** Starts the visitors; `phase` names what is counted from now on. */
export function startVisitors({ url, rate, connections }) {
  const child = fork(program, [url, String(rate), String(connections)], {
    detached: true,
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const waiting = new Map();
  let asked = 0;
  let ended = false;
  child.on('message', ({ id, ...counts }) => {
    waiting.get(id)?.resolve(counts);
    waiting.delete(id);
  });
  const gone = new Promise((resolve) => child.once('exit', resolve));
  void gone.then((code) => {
    ended = true;
    for (const { reject } of waiting.values()) reject(new Error(`the visitors' process ended (${code})`));
  });
  const send = (message, id) =>
    new Promise((resolve, reject) => {
      waiting.set(id, { resolve, reject });
      child.send(message);
    });
  return {
    pid: child.pid,
    phase: (name) => child.send({ phase: name }),
    /** Counts so far, by phase. */
    counts: () => send({ tell: ++asked }, asked),
    /** Waits for the last answers, and returns all counts. */
    finish: async () => {
      const counts = await send({ stop: true }, 'end');
      await gone;
      return counts;
    },
    kill: async () => {
      if (!ended) child.kill('SIGKILL');
      await gone;
    },
  };
}

/** All phases, or those named, as one. `answers` counts by "instance release". */
export function total(phases, names = Object.keys(phases)) {
  const sum = { requests: 0, failed: 0, answers: {}, failures: [], slowest: 0 };
  for (const name of names) {
    const one = phases[name];
    if (!one) continue;
    sum.requests += one.requests;
    sum.failed += one.failed;
    sum.slowest = Math.max(sum.slowest, one.slowest);
    sum.failures.push(...one.failures);
    for (const [key, number] of Object.entries(one.answers))
      sum.answers[key] = (sum.answers[key] ?? 0) + number;
  }
  return sum;
}

/** How many answers came from instances and releases that `fits` takes. */
export const answersFrom = (count, fits) =>
  Object.entries(count.answers)
    .filter(([key]) => fits(...key.split(' ')))
    .reduce((sum, [, number]) => sum + number, 0);

/** Percent of the answers that came from instances whose name begins with `prefix`. */
export function shareOf(count, prefix) {
  const all = answersFrom(count, () => true);
  return all === 0 ? 0 : (100 * answersFrom(count, (instance) => instance.startsWith(prefix))) / all;
}
