/** `npm run bench -- watch`: what 10,000 targets take, and a check beside blackbox_exporter. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { freePort } from '../test/support/temp.ts';
import { waitFor } from '../test/support/wait-for.ts';
import { cpuOf, found, median } from './router/router-load.ts';
import type { Measured } from './run.ts';

const TARGETS = 10_000;
const EVERY_MS = 15_000;
const FOR_MS = Number(process.env['BENCH_SECONDS'] ?? 45) * 1000;
const rounds = Number(process.env['BENCH_ROUNDS'] ?? 3);
/** Checks that blackbox_exporter is asked for, so many at a time. */
const ASKED = 4000;
const AT_A_TIME = 20;

interface Ours {
  readonly core: number;
  readonly usPerCheck: number;
  readonly checks: number;
  readonly bad: number;
  readonly rssMb: number;
  readonly p50: number;
  readonly p99: number;
}

export async function bench(): Promise<Measured> {
  const folder = mkdtempSync(join(tmpdir(), 'canopy-bench-'));
  const children: ChildProcess[] = [];
  const killNow = (): void => children.forEach((child) => child.kill('SIGKILL'));
  process.once('exit', killNow);
  try {
    const program = join(folder, 'program.mjs');
    const entry = join(import.meta.dirname, 'watch/program.ts');
    await build({ entryPoints: [entry], outfile: program, bundle: true, platform: 'node', format: 'esm' });
    const answers = spawn('node', [join(import.meta.dirname, 'watch/answers.mjs')]);
    children.push(answers);
    const [line] = (await once(answers.stdout, 'data')) as [Buffer];
    const port = Number(line);
    const all: Ours[] = [];
    for (let round = 0; round < rounds; round += 1) all.push(ours(program, port));
    const theirs = await blackbox(folder, port, children);
    return measured(all, emptyMb(), theirs);
  } finally {
    process.off('exit', killNow);
    killNow();
    rmSync(folder, { recursive: true, force: true });
  }
}

function ours(program: string, port: number): Ours {
  const words = [program, port, TARGETS, EVERY_MS, FOR_MS].map(String);
  const { stdout, stderr } = spawnSync('node', words, { encoding: 'utf8' });
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout) as Ours;
}

/** What a Node program takes that does nothing. */
function emptyMb(): number {
  const script = 'setTimeout(() => console.log(process.memoryUsage.rss() / 1024 / 1024), 2000)';
  return Number(spawnSync('node', ['-e', script], { encoding: 'utf8' }).stdout);
}

/** CPU of a check in microseconds; null: it is not installed. */
async function blackbox(folder: string, target: number, children: ChildProcess[]): Promise<number | null> {
  if (!found('prometheus-blackbox-exporter')) return null;
  const config = join(folder, 'blackbox.yml');
  writeFileSync(config, 'modules: { http_2xx: { prober: http, timeout: 5s } }\n');
  const port = await freePort();
  const words = [`--config.file=${config}`, `--web.listen-address=127.0.0.1:${port}`, '--log.level=error'];
  const child = spawn('prometheus-blackbox-exporter', words, { stdio: 'ignore' });
  children.push(child);
  const url = `http://127.0.0.1:${port}/probe?module=http_2xx&target=http://127.0.0.1:${target}/health`;
  const ask = async (): Promise<boolean> => (await (await fetch(url)).text()).includes('probe_success 1');
  await waitFor('blackbox_exporter', ask);
  const before = cpuOf(child.pid ?? 0);
  let left = ASKED;
  await Promise.all(
    Array.from({ length: AT_A_TIME }, async () => {
      for (; left > 0; left -= 1)
        if (!(await ask())) throw new Error('a probe of blackbox_exporter has failed');
    }),
  );
  return (cpuOf(child.pid ?? 0) - before) / ASKED;
}

function measured(all: readonly Ours[], empty: number, theirs: number | null): Measured {
  const of = (value: (one: Ours) => number): number => median(all.map(value));
  const [core, mb, p99, us] = [
    of((one) => one.core),
    of((one) => one.rssMb) - empty,
    of((one) => one.p99),
    of((one) => one.usPerCheck),
  ];
  const bad = all.reduce((sum, one) => sum + one.bad, 0);
  return {
    title: 'ten thousand targets every 15 seconds, in one process',
    method: `Median of ${rounds} runs of ${FOR_MS / 1000} s, after each target was asked once. The targets are URLs of one server on loopback, each over a kept connection of its own. CPU is user and system time of the process, memory is what it has beyond an empty Node program (${empty.toFixed(0)} MB), lateness is from the time that a check was due to its begin. blackbox_exporter is asked by ${AT_A_TIME} connections, ${ASKED} times; it makes a new connection for each check, and its scraper is not counted. Load of the machine at the end: ${loadavg()[0]?.toFixed(1)}.${theirs === null ? ' Left out: blackbox_exporter is not installed (apt-get install prometheus-blackbox-exporter).' : ''}`,
    versions: theirs === null ? { canopy: 'bundled' } : { blackbox_exporter: versionOf() },
    head: [
      'watch',
      'core, %',
      'CPU / check, µs',
      'MB beyond empty',
      'late p50, ms',
      'late p99, ms',
      'bad checks',
    ],
    rows: [
      [
        'canopy',
        core.toFixed(1),
        us.toFixed(0),
        mb.toFixed(0),
        `<= ${of((one) => one.p50)}`,
        `<= ${p99}`,
        `${bad} of ${all.reduce((sum, one) => sum + one.checks, 0)}`,
      ],
      ...(theirs === null ? [] : [['blackbox_exporter', '–', theirs.toFixed(0), '–', '–', '–', '0']]),
    ],
    goals: [
      { goal: 'a core <= 5 %', measured: `${core.toFixed(1)} %`, holds: core <= 5 },
      { goal: 'memory beyond an empty program <= 80 MB', measured: `${mb.toFixed(0)} MB`, holds: mb <= 80 },
      { goal: 'lateness p99 <= 50 ms', measured: `${p99} ms`, holds: p99 <= 50 },
      { goal: 'no bad check', measured: String(bad), holds: bad === 0 },
    ],
  };
}

function versionOf(): string {
  const { stdout, stderr } = spawnSync('prometheus-blackbox-exporter', ['--version'], { encoding: 'utf8' });
  return /version ([\d.]+)/.exec(stdout + stderr)?.[1] ?? 'unknown';
}
