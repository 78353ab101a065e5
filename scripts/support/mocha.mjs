// Runs mocha in a process of its own, and counts.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from './console.mjs';

/** What ends a run early. */
export const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/**
 * Runs the files or globs one after the other and returns `{ passed, failed, skipped, failures, took }`: each failure with
 * `file`, `title` and `message`, and milliseconds by file. What goes wrong beside the tests counts as one more that failed;
 * such a failure has no title. `stdio`: where the output goes. `lingerMs`: so long mocha may live on after its last test
 * before something must have been left running.
 */
export async function runMocha(specs, options = {}) {
  const { lingerMs = 20_000, env = process.env, stdio = 'inherit', words = [] } = options;
  const folder = mkdtempSync(join(tmpdir(), 'canopy-tests-'));
  const file = join(folder, 'counts.json');
  // Others use the machine at the same time: the limit is for what hangs.
  const given = ['--no-config', '--timeout', '60000', '--extension', 'ts', '--recursive', ...words];
  const all = [...given, '--reporter', 'scripts/reporter.mjs', ...specs];
  const child = spawn(process.execPath, ['--import', 'tsx', 'node_modules/mocha/bin/mocha.js', ...all], {
    cwd: root,
    env: { ...env, CANOPY_TEST_COUNTS: file },
    stdio: ['ignore', stdio, stdio],
  });
  const seen = { stoppedBy: null, lingered: false };
  const pass = (signal) => {
    seen.stoppedBy = signal;
    child.kill(signal);
  };
  for (const signal of signals) process.on(signal, pass);
  const endWhenLeft = lingerWatch(child, file, lingerMs, () => (seen.lingered = true));
  const watch = setInterval(endWhenLeft, 200);
  const code = await new Promise((resolve) => child.once('exit', (exit, signal) => resolve(exit ?? signal)));
  clearInterval(watch);
  for (const signal of signals) process.off(signal, pass);
  const counted = read(file);
  rmSync(folder, { recursive: true, force: true });
  const wrong = wrongOf(counted, code, { ...seen, lingerMs });
  const counts = counted ?? { passed: 0, failed: 0, skipped: 0, failures: [], took: {} };
  if (wrong === null) return counts;
  const failure = { file: specs.join(' '), title: '', message: wrong };
  return { ...counts, failed: counts.failed + 1, failures: [...counts.failures, failure] };
}

/** What went wrong beside the tests, or null. */
function wrongOf(counted, code, { stoppedBy, lingered, lingerMs }) {
  if (stoppedBy !== null) return `stopped by ${stoppedBy}`;
  if (counted === null) return `mocha ended before it could count (exit ${code})`;
  if (lingered) return `the tests had been over for ${lingerMs / 1000} s: one of them left something running`;
  return code === 0 || counted.failed > 0 ? null : `mocha ended with ${code} although no test failed`;
}

/** Asked again and again: ends mocha when it has counted and does not end by itself. */
function lingerWatch(child, file, lingerMs, tell) {
  let countedAt = null;
  return () => {
    if (countedAt === null && read(file) !== null) countedAt = Date.now();
    if (countedAt === null || Date.now() - countedAt <= lingerMs) return;
    tell();
    child.kill('SIGKILL');
  };
}

function read(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    // Not written yet, or not wholly.
    return null;
  }
}
