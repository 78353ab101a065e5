/** The summary of all checks as a table of plain text. Pure. */
import { columns } from '../shared/text/columns.ts';
import type { ThresholdRow } from './verdict.ts';

const head = ['gate', 'result', 'threshold', 'verdict'];

/** One line a row, columns aligned, no colours; the last line has no newline. */
export function table(rows: readonly ThresholdRow[]): string {
  return columns([head, ...rows.map((row) => [row.gate, row.result, row.threshold, row.outcome])]).join('\n');
}
