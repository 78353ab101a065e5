/** Text made to fit a width: paragraphs by words, tables by what is the same in each row. Pure. */
import { columns } from './columns.ts';

/** What is no terminal is as wide as a page. */
export const pageWidth = 80;
const gap = 2;

/** Lines of at most `width` characters, broken between words; a longer word stands whole, so that it can be copied. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/).filter((part) => part !== '')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

/** Names with what is said of each: below one another, the second column wrapped. */
export function pairs(rows: readonly (readonly [string, string])[], width: number, indent = ''): string[] {
  const left = Math.max(...rows.map(([name]) => name.length)) + gap;
  return rows.flatMap(([name, text]) =>
    wrap(text, Math.max(20, width - indent.length - left)).map((line, at) =>
      `${indent}${(at === 0 ? name : '').padEnd(left)}${line}`.trimEnd(),
    ),
  );
}

/**
 * A table, the first row its head and the first column its names. Where it is too wide, what is the same in all rows is told once
 * below it, then cells are wrapped; where that is too wide too, each row becomes a list.
 */
export function fitTable(rows: readonly (readonly string[])[], width: number): string[] {
  const [head = [], ...body] = rows;
  if (widthOf(rows) <= width) return columns(rows);
  const same = head.flatMap((_, at) =>
    at > 0 && body.length > 1 && body.every((row) => row[at] === body[0]?.[at]) ? [at] : [],
  );
  const rest = rows.map((row) => row.filter((_, at) => !same.includes(at)));
  const common = same.map((at): [string, string] => [head[at] ?? '', body[0]?.[at] ?? '']);
  const below = common.length > 0 ? ['', 'each of them', ...pairs(common, width, '  ')] : [];
  return [
    ...(widthOf(rest) <= width ? columns(rest) : (wrapped(rest, width) ?? lists(rest, width))),
    ...below,
  ];
}

const widest = (rows: readonly (readonly string[])[], measure: (cell: string) => number): number[] =>
  (rows[0] ?? []).map((_, at) => Math.max(...rows.map((row) => measure(row[at] ?? ''))));

const total = (widths: readonly number[]): number =>
  widths.reduce((sum, one) => sum + one, gap * Math.max(0, widths.length - 1));

const widthOf = (rows: readonly (readonly string[])[]): number => total(widest(rows, (cell) => cell.length));

/** Null where not even the longest words have room beside each other. */
function wrapped(rows: readonly (readonly string[])[], width: number): string[] | null {
  const least = widest(rows, (cell) => Math.max(...cell.split(/\s+/).map(({ length }) => length)));
  if (total(least) > width) return null;
  const widths = widest(rows, (cell) => cell.length);
  while (total(widths) > width) {
    const room = widths.map((one, at) => (one > (least[at] ?? 0) ? one : 0));
    const at = room.indexOf(Math.max(...room));
    widths[at] = (widths[at] ?? 0) - 1;
  }
  const lines = rows.flatMap((row) => {
    const cells = row.map((cell, at) => wrap(cell, widths[at] ?? 0));
    const height = Math.max(...cells.map(({ length }) => length));
    return Array.from({ length: height }, (_, line) => cells.map((cell) => cell[line] ?? ''));
  });
  return columns(lines);
}

function lists(rows: readonly (readonly string[])[], width: number): string[] {
  const [head = [], ...body] = rows;
  return body.flatMap(([name = '', ...cells]) => [
    name,
    ...pairs(
      cells.map((cell, at) => [head[at + 1] ?? '', cell]),
      width,
      '  ',
    ),
  ]);
}
