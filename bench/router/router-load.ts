/** The load, which comes from wrk, and the CPU that a router takes for it. */
import { execFile, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';

export const CONNECTIONS = 50;

export interface Loaded {
  readonly requests: number;
  /** Answers of 400 and above, and connections that broke or timed out. */
  readonly failures: number;
  readonly perSecond: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
}

const script = `done = function(summary, latency)
  local e = summary.errors
  io.write(string.format('\\nTOLD {"requests":%d,"us":%d,"p50":%d,"p99":%d,"failures":%d}\\n', summary.requests,
    summary.duration, latency:percentile(50), latency:percentile(99), e.connect + e.read + e.write + e.status + e.timeout))
end
`;

const rotate = (cookies: readonly string[]): string => `local all, at = {}, 0
init = function()
  for _, cookie in ipairs({ ${cookies.map((one) => `'${one}'`).join(', ')} }) do
    all[#all + 1] = wrk.format(nil, nil, { Cookie = cookie })
  end
end
request = function()
  at = at % #all + 1
  return all[at]
end
`;

/** wrk for so many seconds, with 50 connections that are kept; each request has the next one of the cookies, if any. */
export async function wrk(
  folder: string,
  port: number,
  seconds: number,
  cookies: readonly string[] = [],
): Promise<Loaded> {
  const file = join(folder, 'told.lua');
  writeFileSync(file, cookies.length === 0 ? script : `${script}${rotate(cookies)}`);
  const words = ['-t1', `-c${CONNECTIONS}`, `-d${seconds}`, '-s', file, `http://127.0.0.1:${port}/`];
  const [program, ...rest] = pinned(elsewhere(), ['wrk', ...words]) as [string, ...string[]];
  const output = await new Promise<string>((resolve, reject) =>
    execFile(program, rest, (error, stdout, stderr) =>
      error === null ? resolve(stdout) : reject(new Error(`wrk: ${error.message}: ${stderr}`)),
    ),
  );
  const told = /^TOLD (.*)$/m.exec(output)?.[1];
  if (told === undefined) throw new Error(`wrk has told nothing: ${output}`);
  const { requests, us, p50, p99, failures } = JSON.parse(told) as Record<string, number> & {
    readonly requests: number;
    readonly us: number;
    readonly p50: number;
    readonly p99: number;
    readonly failures: number;
  };
  return { requests, failures, perSecond: (requests * 1e6) / us, p50: p50 / 1000, p99: p99 / 1000 };
}

/** Microseconds of CPU, user and system, that a process and all below it have taken so far. */
export function cpuOf(pid: number): number {
  return family(pid).reduce((sum, one) => sum + ownCpu(one), 0);
}

/** A process and all below it. */
export function family(pid: number): number[] {
  const file = `/proc/${pid}/task/${pid}/children`;
  // What has ended in between has no file.
  const text = existsSync(file) ? readFileSync(file, 'utf8').trim() : '';
  return [pid, ...text.split(/\s+/).filter(Boolean).map(Number).flatMap(family)];
}

function ownCpu(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) * (1e6 / TICKS);
}

const TICKS = Number(spawnSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }).stdout) || 100;

/** The cores of a router of so many processes: the last ones. */
export function coresFor(processes: number): string {
  const all = cpus().length;
  const first = Math.max(0, all - processes);
  return Array.from({ length: all - first }, (_, at) => first + at).join(',');
}

/** The cores of the load and of the instances: all but the last one, which is the router's. */
export function elsewhere(): string {
  const last = Math.max(0, cpus().length - 2);
  return Array.from({ length: last + 1 }, (_, at) => at).join(',');
}

export const pinned = (cores: string, words: readonly string[]): readonly string[] =>
  canPin ? ['taskset', '-c', cores, ...words] : words;

/** Puts a process, and all below it, on cores of its own. */
export function pin(pid: number, cores: string): void {
  if (!canPin) return;
  for (const one of family(pid)) spawnSync('taskset', ['-a', '-c', '-p', cores, String(one)]);
}

export const found = (program: string): boolean =>
  spawnSync('sh', ['-c', `PATH="$PATH:/usr/sbin:/sbin"; command -v ${program}`]).status === 0;
const canPin = cpus().length > 1 && found('taskset');

export const median = (values: readonly number[]): number => percentile(values, 50);

/** The value that so many percent of them do not pass. */
export function percentile(values: readonly number[], percent: number): number {
  const at = Math.min(values.length - 1, Math.floor((values.length * percent) / 100));
  return [...values].sort((a, b) => a - b)[at] ?? Number.NaN;
}
