/** Starts programs of the step kit as child processes. */
import { spawn, type ChildProcess } from 'node:child_process';
import { join, resolve } from 'node:path';

export const root = resolve(import.meta.dirname, '../..');
export const fixture = ['--import', 'tsx', join(root, 'test/steps/fixture.ts')];

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
}
export interface Started {
  readonly child: ChildProcess;
  output(): string;
  readonly ended: Promise<Ended>;
}
type Env = Readonly<Record<string, string | undefined>>;

export function start(words: readonly string[], env: Env = {}, program = 'node'): Started {
  const child = spawn(program, [...words], {
    cwd: root,
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  let err = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (out += chunk));
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (err += chunk));
  const ended = new Promise<Ended>((done) => {
    child.on('close', (code, signal) => done({ code, signal, out, err }));
  });
  return { child, ended, output: () => out + err };
}

export const runFixture = (words: readonly string[], env?: Env): Promise<Ended> =>
  start([...fixture, ...words], env).ended;
export const runStep = (step: string, words: readonly string[], env?: Env): Promise<Ended> =>
  start([join(root, `dist/steps/${step}.js`), ...words], env).ended;
