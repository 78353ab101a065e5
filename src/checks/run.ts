/** The step check: runs the commands, reads their reports, judges them. */
import { isAbsolute, join } from 'node:path';
import type { ChecksConfig } from '../config/types.ts';
import { CanopyError, fail, isCanopyError } from '../errors.ts';
import type { Exec, Files, Log, Ran } from '../ports/ports.ts';
import { pass, worstOf, type Verdict } from '../shared/verdict.ts';
import { gatesOf, type CheckGate, type GateName } from './gates.ts';
import type { CoverageReport } from './coverage.ts';
import type { LintReport } from './eslint.ts';
import type { TestsReport } from './junit.ts';
import { table } from './table.ts';
import type { ThresholdRow } from './verdict.ts';
import { errorLine } from '../shared/text/error-line.ts';

interface CheckPorts {
  readonly exec: Exec;
  readonly files: Files;
  readonly log: Log;
}

interface CheckOptions {
  /** Names of gates; absent or empty: all that canopy.yml has. */
  readonly only?: readonly string[];
}

interface GateResult {
  readonly gate: GateName;
  readonly verdict: Verdict;
  readonly rows: readonly ThresholdRow[];
  /** What the reports say: a TestsReport, CoverageReport or LintReport; null in a dry run. */
  readonly report: TestsReport | CoverageReport | LintReport | null;
  /** The reports that were read, relative to the folder. */
  readonly files: readonly string[];
  /** Exit code of the command; null when none was run. */
  readonly code: number | null;
  /** What does not speak against it and should be known. */
  readonly warnings: readonly string[];
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
  const errors: CanopyError[] = [];
  const commands = new Map<GateName, Ran>();
  for (const gate of gates) {
    try {
      if (gate.run.length > 0)
        commands.set(gate.name, await runCommand(gate, gates, { folder, ports, signal }));
      const writer = (gate.writer === null ? undefined : commands.get(gate.writer)) ?? null;
      results.push(
        writer?.assumed ? notRun(gate.name) : await judge(gate, writer, { folder, ports, signal }),
      );
    } catch (error) {
      if (!isCanopyError(error) || !/^(report|check)-/.test(error.code)) throw error;
      errors.push(error);
    }
  }
  const verdict = worstOf(results.map((result) => result.verdict));
  const told = { verdict, gates: results, table: table(results.flatMap((result) => result.rows)) };
  const [first] = errors;
  if (!first) return told;
  const problems = errors.flatMap((error) => error.problems);
  throw new CanopyError(first.code, first.exit, problems, { cause: first, data: { ...told } });
}

interface Work {
  readonly folder: string;
  readonly ports: CheckPorts;
  readonly signal: AbortSignal | undefined;
}

function chosen(checks: ChecksConfig, only: readonly string[]): readonly CheckGate[] {
  const known = gatesOf(checks, []).map((gate) => gate.name);
  if (known.length === 0) throw fail('check-nothing', { file: 'canopy.yml' });
  const unknown = only.find((name) => !(known as readonly string[]).includes(name));
  if (unknown !== undefined) throw fail('check-unknown', { name: unknown, known: known.join(', ') });
  return gatesOf(checks, only);
}

async function runCommand(gate: CheckGate, gates: readonly CheckGate[], work: Work): Promise<Ran> {
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
async function clear(gate: CheckGate, { folder, ports: { files } }: Work): Promise<void> {
  for (const name of await files.glob(gate.report, folder)) {
    if (isAbsolute(name) || name.split('/').includes('..'))
      throw fail('report-outside', { gate: gate.name, file: name });
    const path = join(folder, name);
    if (gate.isReport(await files.read(path))) await files.remove(path);
  }
}

/** `writer`: how the command ended that writes these reports; null when none was run. */
async function judge(gate: CheckGate, writer: Ran | null, { folder, ports }: Work): Promise<GateResult> {
  const names = new Set<string>();
  for (const pattern of gate.report.filter((each) => !isNegated(each))) {
    const found = await ports.files.glob([pattern, ...gate.report.filter(isNegated)], folder);
    if (found.length === 0) throw missing(gate, pattern, writer);
    for (const name of found) names.add(name);
  }
  const reader = gate.reader();
  for (const file of names) {
    const text = await ports.files.read(join(folder, file));
    const reason = text.trim() === '' ? 'it is empty' : reader.add(text);
    if (reason !== null) throw broken(gate, { file, reason }, writer);
  }
  const code = gate.writer === gate.name ? (writer?.code ?? null) : null;
  const { warnings, ...judged } = reader.judge(code);
  for (const warning of warnings) ports.log.warn(warning);
  return { gate: gate.name, ...judged, files: [...names], code, warnings };
}

const isNegated = (pattern: string): boolean => pattern.startsWith('!') && !pattern.startsWith('!(');

/** Why there is nothing to judge: how the command ended says more than the file that it left. */
function missing(gate: CheckGate, pattern: string, writer: Ran | null): CanopyError {
  if (writer === null || writer.code === 0) return fail('report-none', { gate: gate.name, pattern });
  return commandFailed(gate, writer, 'wrote no report');
}

function broken(
  gate: CheckGate,
  what: { readonly file: string; readonly reason: string },
  writer: Ran | null,
): CanopyError {
  if (writer === null || writer.code === 0) return fail('report-broken', { gate: gate.name, ...what });
  return commandFailed(gate, writer, `left a report that cannot be read (${what.file}: ${what.reason})`);
}

function commandFailed(gate: CheckGate, { code, stderr, stdout }: Ran, left: string): CanopyError {
  const detail = errorLine({ stdout, stderr }) ?? 'it printed nothing';
  const command =
    gate.writer === null || gate.writer === gate.name ? 'the command' : `the command of ${gate.writer}`;
  return fail('check-run', {
    gate: gate.name,
    writer: gate.writer ?? gate.name,
    command,
    code,
    left,
    detail,
  });
}

/** A dry run has no report to judge. */
function notRun(gate: GateName): GateResult {
  const row: ThresholdRow = { gate, result: 'not run', threshold: '-', outcome: 'pass' };
  return { gate, verdict: pass(), rows: [row], report: null, files: [], code: null, warnings: [] };
}
