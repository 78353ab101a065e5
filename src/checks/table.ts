/** The summary of all checks as a table of plain text. Pure. */
import type { Row } from './verdict.ts';

const head = ['gate', 'result', 'threshold', 'verdict'];

/** One line a row, columns aligned, no colours; the last line has no newline. */
export function table(rows: readonly Row[]): string {
  const cells = [head, ...rows.map((row) => [row.gate, row.result, row.threshold, row.outcome])];
  const widths = head.map((_, column) => Math.max(...cells.map((line) => line[column]?.length ?? 0)));
  return cells
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
