import { failAll } from '../../errors.ts';
import { outlineText, rowsOf, type OutlineRow } from './outline.ts';
import { notProvenLine } from './not-proven.ts';
import { nextCommands, servesNow, table, type DeployReport } from './summary.ts';

interface DeployResult {
  readonly outcome: DeployReport['end'];
  readonly reasons: readonly string[];
  readonly data: Readonly<Record<string, unknown>>;
  readonly text: string;
  readonly plan: (width: number) => { readonly rows: readonly OutlineRow[]; readonly text: string };
}

/** What the step returns; a deploy that failed before it touched anything is an error with what its servers said. */
export function resultOf(report: DeployReport): DeployResult {
  const { end, reasons, environment, release, deploy, instances, durationMs, revertMs, probe } = report;
  const data = {
    environment,
    release,
    ...(deploy === null ? {} : { deploy }),
    instances,
    serves: servesNow(report),
    notProven: notProvenLine(report.unproven),
    durationMs,
    ...(revertMs === null ? {} : { revertMs }),
    probe,
    next: nextCommands(report).map(([command]) => command),
  };
  if (end === 'failed' && report.problems.length > 0) throw failAll(report.problems, data);
  const { outline } = report;
  const plan: DeployResult['plan'] = (width) => ({
    rows: rowsOf(outline),
    text: outlineText(outline, width),
  });
  return { outcome: end, reasons, data, text: table(report), plan };
}
