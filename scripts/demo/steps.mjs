// Runs Canopy's steps as a user would type them.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { bold, cyan, dim, root, seconds } from '../support/console.mjs';

/**
 * Shows the command line, runs it in the repository with its output in sight, and returns the result document with the
 * time it took. `expect` is the exit code it must have.
 */
export async function canopy(world, words, { expect = 0 } = {}) {
  if (world.closing) throw new Error('the demo is being stopped');
  const file = join(world.folder, 'tmp', 'result.json');
  rmSync(file, { force: true });
  console.log(`\n${cyan('$')} ${bold(`canopy ${words.join(' ')}`)}`);
  const started = Date.now();
  const argv = [join(root, 'dist', 'canopy.js'), ...words, '--result', file];
  // In a group of its own: Ctrl-C reaches the demo, which then asks the step to stop and waits for it.
  const child = spawn(process.execPath, argv, {
    cwd: world.repository,
    env: world.env,
    detached: true,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const step = { child, ended: null };
  step.gone = new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => resolve(code ?? signal));
  }).then((how) => (step.ended = { how }));
  world.step = step;
  const { how } = await step.gone;
  world.step = null;
  const tookMs = Date.now() - started;
  console.log(dim(`  exit ${how}, ${seconds(tookMs)}`));
  if (how !== expect) throw new Error(`canopy ${words[0]} ended with ${how}, expected was ${expect}`);
  return { tookMs, result: existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : null };
}
