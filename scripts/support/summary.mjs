// What a person reads while the test files run and after them.
import { bold, dim } from './console.mjs';

/** On a terminal, a last line that is written anew each second. */
export function progressLine(text) {
  if (!process.stdout.isTTY) return { clear() {}, end() {} };
  const clear = () => process.stdout.write('\r\x1b[K');
  const write = () => {
    clear();
    process.stdout.write(dim(text().slice(0, (process.stdout.columns ?? 80) - 1)));
  };
  const beat = setInterval(write, 1000);
  return { clear, end: () => (clearInterval(beat), clear()) };
}

/** What a person wants to know after thousands of lines: each failure with its file, and the slowest files. */
export function summary({ failures, took }, slowest = 10) {
  const lines = [];
  if (failures.length > 0) lines.push('', bold('what failed'));
  for (const file of [...new Set(failures.map((one) => one.file))]) {
    lines.push(`  ${file}`);
    for (const { title, message } of failures.filter((one) => one.file === file)) {
      if (title !== '') lines.push(`    ${title}`);
      lines.push(
        ...message
          .trim()
          .split('\n')
          .slice(0, 12)
          .map((text) => `      ${text}`),
      );
    }
  }
  const slow = Object.entries(took)
    .sort(([, a], [, b]) => b - a)
    .slice(0, slowest);
  if (slow.length > 0) lines.push('', bold('slowest files'));
  for (const [file, ms] of slow) lines.push(`  ${(ms / 1000).toFixed(0).padStart(4)} s  ${file}`);
  return [...lines, ''].join('\n');
}
