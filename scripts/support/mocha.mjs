// Runs mocha in a process of its own, and counts.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { red, root } from './console.mjs';

/**
 * Runs the files or globs one after the other, with their output in sight, and returns `{ passed, failed, skipped }`.
 * What goes wrong beside the tests counts as one more that failed. `lingerMs`: so long mocha may live on after its last
 * test before something must have been left running.
 */
export async function runMocha(specs, { lingerMs = 20_000, env = process.env, stdio = 'inherit' } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'canopy-tests-'));
  const file = join(folder, 'counts.json');
  const options = ['--no-config', '--timeout', '20000', '--extension', 'ts', '--recursive'];
  const words = [...options, '--reporter', 'scripts/reporter.mjs', ...specs];
  const child = spawn(process.execPath, ['--import', 'tsx', 'node_modules/mocha/bin/mocha.js', ...words], {
    cwd: root,
    env: { ...env, CANOPY_TEST_COUNTS: file },
    stdio: ['ignore', stdio, stdio],
  });
  const pass = (signal) => child.kill(signal);
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const signal of signals) process.on(signal, pass);
  const watch = setInterval(endWhenLeft(child, file, lingerMs), 200);
  const code = await new Promise((resolve) => child.once('exit', (exit, signal) => resolve(exit ?? signal)));
  clearInterval(watch);
  for (const signal of signals) process.off(signal, pass);
  const counted = read(file);
  rmSync(folder, { recursive: true, force: true });
  return judge(counted, code);
}

function judge(counted, code) {
  if (counted === null) {
    console.error(red(`mocha ended before it could count (exit ${code})`));
    return { passed: 0, failed: 1, skipped: 0 };
  }
  if (code === 0 || counted.failed > 0) return counted;
  console.error(red(`mocha ended with ${code} although no test failed`));
  return { ...counted, failed: 1 };
}

/** Made once, asked again and again: ends mocha when it has counted and does not end by itself. */
function endWhenLeft(child, file, lingerMs) {
  let countedAt = null;
  return () => {
    if (countedAt === null && read(file) !== null) countedAt = Date.now();
    if (countedAt === null || Date.now() - countedAt <= lingerMs) return;
    console.error(
      red(`the tests have been over for ${lingerMs / 1000} s: one of them left something running`),
    );
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
