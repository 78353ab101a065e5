/** The step check: runs the commands, reads their reports, judges them. */
import { isAbsolute, join } from 'node:path';
import type { ChecksConfig } from '../config/types.ts';
import { CanopyError, fail, isCanopyError } from '../errors.ts';
import type { Exec, Files, Log, Ran } from '../ports.ts';
import { pass, worstOf, type Verdict } from '../verdict.ts';
import { gatesOf, type Gate, type GateName } from './gates.ts';
import type { CoverageReport } from './coverage.ts';
import type { LintReport } from './eslint.ts';
import type { TestsReport } from './junit.ts';
import { table } from './table.ts';
import type { Row } from './verdict.ts';

export interface CheckPorts {
  readonly exec: Exec;
  readonly files: Files;
  readonly log: Log;
}

export interface CheckOptions {
  /** Names of gates; absent or empty: all that canopy.yml has. */
  readonly only?: readonly string[];
}

export interface GateResult {
  readonly gate: GateName;
  readonly verdict: Verdict;
  readonly rows: readonly Row[];
  /** What the reports say: a TestsReport, CoverageReport or LintReport; null in a dry run. */
  readonly report: TestsReport | CoverageReport | LintReport | null;
  /** The reports that were read, relative to the folder. */
  readonly files: readonly string[];
  /** Exit code of the command; null when none was run. */
  readonly code: number | null;
}

export interface CheckResult {
  readonly verdict: Verdict;
  readonly gates: readonly GateResult[];
  readonly table: string;
}

/** All gates are run and told, also when one of them breaks; then its error is thrown with the results of the others. */
export async function runChecks(
  checks: ChecksConfig,
  folder: string,
  ports: CheckPorts,
  options: CheckOptions = {},
  signal?: AbortSignal,
): Promise<CheckResult> {
  const gates = chosen(checks, options.only ?? []);
  const results: GateResult[] = [];
  const broken: CanopyError[] = [];
  const pretended = new Set<GateName>();
  for (const gate of gates) {
    try {
      const ran = gate.run.length === 0 ? null : await runCommand(gate, gates, { folder, ports, signal });
      if (ran?.assumed) pretended.add(gate.name);
      const unknown = gate.writer !== null && pretended.has(gate.writer);
      results.push(unknown ? notRun(gate.name) : await judge(gate, ran, { folder, ports, signal }));
    } catch (error) {
      if (!isCanopyError(error) || !/^(report|check)-/.test(error.code)) throw error;
      broken.push(error);
    }
  }
  const verdict = worstOf(results.map((result) => result.verdict));
  const told = { verdict, gates: results, table: table(results.flatMap((result) => result.rows)) };
  const [first] = broken;
  if (!first) return told;
  const problems = broken.flatMap((error) => error.problems);
  throw new CanopyError(first.code, first.exit, problems, { cause: first, data: { ...told } });
}

interface Work {
  readonly folder: string;
  readonly ports: CheckPorts;
  readonly signal: AbortSignal | undefined;
}

function chosen(checks: ChecksConfig, only: readonly string[]): readonly Gate[] {
  const known = gatesOf(checks, []).map((gate) => gate.name);
  if (known.length === 0) throw fail('check-nothing', { file: 'canopy.yml' });
  const unknown = only.find((name) => !(known as readonly string[]).includes(name));
  if (unknown !== undefined) throw fail('check-unknown', { name: unknown, known: known.join(', ') });
  return gatesOf(checks, only);
}

async function runCommand(gate: Gate, gates: readonly Gate[], work: Work): Promise<Ran> {
  const { folder, ports, signal } = work;
  for (const written of gates.filter(({ writer }) => writer === gate.name)) await clear(written, work);
  return ports.exec.shell(gate.run, {
    cwd: folder,
    title: `run the check ${gate.name}`,
    effect: 'change',
    onLine: (line) => ports.log.info(line, gate.name),
    ...(signal ? { signal } : {}),
  });
}

/** Removes the reports of an earlier run: they must not speak for this one. A file that is no report stays, whatever matches it. */
async function clear(gate: Gate, { folder, ports: { files } }: Work): Promise<void> {
  for (const name of await files.glob(gate.report, folder)) {
    if (isAbsolute(name) || name.split('/').includes('..'))
      throw fail('report-outside', { gate: gate.name, file: name });
    const path = join(folder, name);
    if (gate.isReport(await files.read(path))) await files.remove(path);
  }
}

async function judge(gate: Gate, ran: Ran | null, { folder, ports }: Work): Promise<GateResult> {
  const names = new Set<string>();
  for (const pattern of gate.report.filter((each) => !isNegated(each))) {
    const found = await ports.files.glob([pattern, ...gate.report.filter(isNegated)], folder);
    if (found.length === 0) throw missing(gate, pattern, ran);
    for (const name of found) names.add(name);
  }
  const code = ran?.code ?? null;
  const reader = gate.reader();
  for (const file of names) {
    const reason = reader.add(await ports.files.read(join(folder, file)));
    if (reason !== null) throw fail('report-broken', { gate: gate.name, file, reason });
  }
  return { gate: gate.name, ...reader.judge(code), files: [...names], code };
}

const isNegated = (pattern: string): boolean => pattern.startsWith('!') && !pattern.startsWith('!(');

function missing(gate: Gate, pattern: string, ran: Ran | null): CanopyError {
  if (ran === null || ran.code === 0) return fail('report-none', { gate: gate.name, pattern });
  const detail = (ran.stderr || ran.stdout).trimEnd().split('\n').at(-1) || 'it printed nothing';
  return fail('check-run', { gate: gate.name, code: ran.code, detail });
}

/** A dry run has no report to judge. */
function notRun(gate: GateName): GateResult {
  const row: Row = { gate, result: 'not run', threshold: '-', outcome: 'pass' };
  return { gate, verdict: pass(), rows: [row], report: null, files: [], code: null };
}
