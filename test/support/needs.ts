import { spawnSync } from 'node:child_process';

/**
 * A hook that says what a suite needs: `before(needs('root', 'redis-server'))`. `root` is the user, any other word a program.
 * What is missing skips the suite on a laptop, and fails it with CI=true.
 */
export function needs(...wanted: string[]): Mocha.Func {
  return function (this: Mocha.Context) {
    const missing = wanted.filter((name) => !has(name));
    if (missing.length === 0) return;
    if (process.env['CI'] === 'true') throw new Error(`this machine lacks: ${missing.join(', ')}`);
    this.skip();
  };
}

function has(name: string): boolean {
  if (name === 'root') return process.getuid?.() === 0;
  const path = `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`;
  return spawnSync('sh', ['-c', 'command -v "$1"', 'sh', name], { env: { ...process.env, PATH: path } }).status === 0;
}
