// Runs a program whose output matters only when it fails.
import { spawn } from 'node:child_process';
import { say, stop } from './console.mjs';

/** Resolves with the output; says every 15 seconds that it still runs. A failure ends the process with 1 and shows the end of the output. */
export async function runQuietly(title, argv, options = {}) {
  const { code, output } = await run(title, argv, options);
  if (code === 0) return output;
  console.error(output.split('\n').slice(-40).join('\n'));
  return stop(1, `${title} failed (${argv.join(' ')}: exit ${code})`);
}

/** The same for a program that may fail: resolves with its exit code and output. */
export async function run(title, argv, { cwd, env = process.env } = {}) {
  const started = Date.now();
  const child = spawn(argv[0], argv.slice(1), { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const chunks = [];
  child.stdout.on('data', (chunk) => chunks.push(chunk));
  child.stderr.on('data', (chunk) => chunks.push(chunk));
  const beat = setInterval(
    () => say(`  ${title}: ${Math.round((Date.now() - started) / 1000)} s so far`),
    15_000,
  );
  // A signal is passed on, and what was begun is put in order before this process ends.
  const pass = (signal) => child.kill(signal);
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const signal of signals) process.on(signal, pass);
  try {
    const code = await new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (exit, signal) => resolve(exit ?? signal));
    });
    return { code, output: Buffer.concat(chunks).toString('utf8') };
  } catch (error) {
    return { code: error.code ?? 'not started', output: error.message };
  } finally {
    clearInterval(beat);
    for (const signal of signals) process.off(signal, pass);
  }
}
