// Runs test files in several processes at once. The output of a process is printed whole when it has ended.
import {
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
} from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { root, say, stop as end } from './console.mjs';
import { runMocha, signals } from './mocha.mjs';
import { take } from './queue.mjs';
import { progressLine } from './summary.mjs';

// The tests wait most of the time: a lane keeps little more than half a core busy. More than one a core would save a little, and
// make those fail that have to move bytes in time.
const fewest = 2;
const most = 3;

/** Splits what `npm test` is told: `--lanes N`, by default as many as cores, at least 2 and at most 3; and one when paths are named. */
export function lanesOf(words, cores = availableParallelism()) {
  const at = words.indexOf('--lanes');
  if (at < 0) return { lanes: words.length > 0 ? 1 : Math.min(Math.max(cores, fewest), most), paths: words };
  const lanes = Number(words[at + 1]);
  if (!Number.isInteger(lanes) || lanes < 1 || lanes > 16) end(2, '--lanes needs a number from 1 to 16');
  return { lanes, paths: words.filter((_, index) => index !== at && index !== at + 1) };
}

/** Every test file below a folder, sorted; what is no folder is for mocha to understand. */
export function testFiles(path) {
  if (!existsSync(join(root, path)) || !statSync(join(root, path)).isDirectory()) return [path];
  return readdirSync(join(root, path), { recursive: true })
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => join(path, name))
    .sort();
}

/**
 * Empties the queue (scripts/support/queue.mjs) and returns the counts of all processes as one, like `runMocha`. After a
 * signal nothing more begins; what has not run then counts as one that failed.
 */
export async function runLanes(queue, { lanes, ...options }) {
  const folder = mkdtempSync(join(tmpdir(), 'canopy-lanes-'));
  const running = new Map();
  const free = Array.from({ length: lanes }, (_, at) => at + 1);
  const files = { all: queue.length, done: 0 };
  const sum = { passed: 0, failed: 0, skipped: 0, failures: [], took: {} };
  let stopped = false;
  const stop = () => (stopped = true);
  for (const signal of signals) process.on(signal, stop);
  const line = progressLine(
    () => `${files.done} of ${files.all} files, ${sum.failed} failed; ${names(running)}`,
  );

  const run = async (lane, chunk) => {
    const file = join(folder, `lane-${lane}`);
    const out = openSync(file, 'w');
    const words = process.stdout.isTTY && !process.env.NO_COLOR ? ['--color'] : [];
    const counts = await runMocha(
      chunk.map((item) => item.file),
      { ...options, words, stdio: out },
    );
    closeSync(out);
    add(sum, counts);
    files.done += chunk.length;
    line.clear();
    process.stdout.write(readFileSync(file));
    for (const { title, message } of counts.failures) if (title === '') say(message);
    running.delete(lane);
    free.push(lane);
  };
  for (;;) {
    while (free.length > 0 && !stopped) {
      const chunk = take(
        queue,
        [...running.values()].flatMap((one) => one.chunk.flatMap((item) => item.apart)),
      );
      if (chunk.length === 0) break;
      const lane = free.shift();
      running.set(lane, { chunk, since: Date.now(), ended: null });
      running.get(lane).ended = run(lane, chunk);
    }
    if (running.size === 0) break;
    await Promise.race([...running.values()].map((one) => one.ended));
  }
  line.end();
  for (const signal of signals) process.off(signal, stop);
  rmSync(folder, { recursive: true, force: true });
  if (queue.length > 0)
    add(sum, { failed: 1, failures: [{ file: `${queue.length} files`, title: '', message: 'did not run' }] });
  return sum;
}

function add(sum, { passed = 0, failed = 0, skipped = 0, failures = [], took = {} }) {
  sum.passed += passed;
  sum.failed += failed;
  sum.skipped += skipped;
  sum.failures.push(...failures);
  Object.assign(sum.took, took);
}

const names = (running) =>
  [...running.values()]
    .map(({ chunk, since }) => {
      const first = chunk[0].file.replace(/^test\//, '').replace(/\.test\.ts$/, '');
      const more = chunk.length > 1 ? ` +${chunk.length - 1}` : '';
      return `${first}${more} ${Math.round((Date.now() - since) / 1000)} s`;
    })
    .join(', ');
