/** ESLint's JSON report. Pure. */
import { isCount } from '../count.ts';

export interface LintReport {
  readonly files: number;
  readonly errors: number;
  readonly warnings: number;
  /** The first errors, `file:line rule`. */
  readonly worst: readonly string[];
}

export const noLint: LintReport = { files: 0, errors: 0, warnings: 0, worst: [] };

/** How many errors are named. */
const named = 20;

/** Shards: the sum of two reports. */
export const addLint = (a: LintReport, b: LintReport): LintReport => ({
  files: a.files + b.files,
  errors: a.errors + b.errors,
  warnings: a.warnings + b.warnings,
  worst: [...a.worst, ...b.worst].slice(0, named),
});

/** The report, or why it is none. */
export function parseEslint(text: string): LintReport | { readonly reason: string } {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return { reason: (error as Error).message };
  }
  if (!Array.isArray(value)) return { reason: 'it is no JSON list of files' };
  let sum = noLint;
  for (const file of value as unknown[]) {
    const read = parseFile(file);
    if (read === null) return { reason: 'an entry lacks filePath, messages, errorCount or warningCount' };
    sum = addLint(sum, read);
  }
  return sum;
}

interface Message {
  readonly severity?: unknown;
  readonly line?: unknown;
  readonly ruleId?: unknown;
}

function parseFile(value: unknown): LintReport | null {
  if (typeof value !== 'object' || value === null) return null;
  const { filePath, messages, errorCount, warningCount } = value as Record<string, unknown>;
  if (
    typeof filePath !== 'string' ||
    !Array.isArray(messages) ||
    !isCount(errorCount) ||
    !isCount(warningCount)
  ) {
    return null;
  }
  const errors = (messages as (Message | null)[]).filter((message) => message?.severity === 2);
  const worst = errors.slice(0, named).map((each) => `${filePath}:${show(each?.line)} ${show(each?.ruleId)}`);
  return { files: 1, errors: Math.max(errorCount, errors.length), warnings: warningCount, worst };
}

const show = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : '-';
