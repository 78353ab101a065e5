/** ESLint's JSON report. Pure. */
import { isCount } from '../shared/count.ts';
import { toLine } from '../shared/text/line.ts';

export interface LintReport {
  /** Files that were looked at; those that could not be parsed too. */
  readonly files: number;
  readonly errors: number;
  readonly warnings: number;
  /** The first errors, `file:line rule`. */
  readonly worst: readonly string[];
  /** Files that could not be parsed: no rule has seen them. */
  readonly fatal: number;
  /** The first of these, `file:line message`. */
  readonly unparsed: readonly string[];
  /** Findings that a comment or a suppressions file took out of the report. */
  readonly suppressed: number;
  /** Files that were named and are ignored: no rule has seen them. */
  readonly ignored: number;
}

export const noLint: LintReport = {
  ...{ files: 0, errors: 0, warnings: 0, worst: [], fatal: 0, unparsed: [] },
  ...{ suppressed: 0, ignored: 0 },
};

/** How many errors are named. */
const named = 20;

/** Shards: the sum of two reports. */
export const addLint = (a: LintReport, b: LintReport): LintReport => ({
  files: a.files + b.files,
  errors: a.errors + b.errors,
  warnings: a.warnings + b.warnings,
  worst: [...a.worst, ...b.worst].slice(0, named),
  fatal: a.fatal + b.fatal,
  unparsed: [...a.unparsed, ...b.unparsed].slice(0, named),
  suppressed: a.suppressed + b.suppressed,
  ignored: a.ignored + b.ignored,
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

interface LintMessage {
  readonly severity?: unknown;
  readonly line?: unknown;
  readonly ruleId?: unknown;
  readonly fatal?: unknown;
  readonly message?: unknown;
}

/** The higher of what is counted and what is listed: neither hides a finding of the other. */
function parseFile(value: unknown): LintReport | null {
  if (typeof value !== 'object' || value === null) return null;
  const { filePath, messages, errorCount, warningCount, fatalErrorCount, suppressedMessages } =
    value as Record<string, unknown>;
  if (typeof filePath !== 'string' || !Array.isArray(messages)) return null;
  if (!isCount(errorCount) || !isCount(warningCount)) return null;
  const list = (messages as (LintMessage | null)[]).map((message) => message ?? {});
  const ofSeverity = (severity: number): LintMessage[] =>
    list.filter((message) => message.severity === severity);
  const suppressed = Array.isArray(suppressedMessages) ? suppressedMessages.length : 0;
  if (list.some(isIgnored) && errorCount === 0) return { ...noLint, suppressed, ignored: 1 };
  const fatal = list.filter((message) => message.fatal === true);
  const errors = ofSeverity(2);
  const at = ({ line }: LintMessage): string => `${filePath}:${show(line)}`;
  const unparsed = fatal.length > 0 || (isCount(fatalErrorCount) && fatalErrorCount > 0);
  return {
    files: 1,
    errors: Math.max(errorCount, errors.length, unparsed ? 1 : 0),
    warnings: Math.max(warningCount, ofSeverity(1).length),
    worst: errors.slice(0, named).map((each) => `${at(each)} ${show(each.ruleId)}`),
    fatal: unparsed ? 1 : 0,
    unparsed: unparsed ? [`${at(fatal[0] ?? {})} ${show(fatal[0]?.message)}`] : [],
    suppressed,
    ignored: 0,
  };
}

/** What ESLint says of a file that was named on its command line and is ignored. */
const isIgnored = ({ ruleId, message, fatal }: LintMessage): boolean =>
  (ruleId ?? null) === null &&
  fatal !== true &&
  typeof message === 'string' &&
  /^File ignored\b/.test(message);

const show = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' ? toLine(String(value), 200) : '-';
