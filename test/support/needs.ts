import { spawnSync } from 'node:child_process';

/** Something that a machine can lack and that is no program. */
export interface Need {
  readonly name: string;
  met(): boolean;
}

/**
 * A hook that says what a suite needs: `before(needs('root', 'redis-server'))`. `root` is the user, any other word a program.
 * What is missing skips the suite on a laptop, and fails it with CI=true.
 */
export function needs(...wanted: (string | Need)[]): Mocha.Func {
  return function (this: Mocha.Context) {
    const missing: string[] = [];
    for (const want of wanted) {
      // A Need may use the programs before it: it is asked only when they are there.
      if (typeof want === 'string' ? !has(want) : missing.length === 0 && !want.met())
        missing.push(typeof want === 'string' ? want : want.name);
    }
    if (missing.length === 0) return;
    if (process.env['CI'] === 'true') throw new Error(`this machine lacks: ${missing.join(', ')}`);
    this.skip();
  };
}

function has(name: string): boolean {
  if (name === 'root') return process.getuid?.() === 0;
  const path = `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`;
  return (
    spawnSync('sh', ['-c', 'command -v "$1"', 'sh', name], { env: { ...process.env, PATH: path } }).status ===
    0
  );
}
