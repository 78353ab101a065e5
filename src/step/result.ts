import { writeFileSync } from 'node:fs';
import { CanopyError, fail, problem, type Problem } from '../errors/common.ts';
import { toLine } from '../shared/text/line.ts';
import { exitOf, type StepResult } from './declare/define.ts';
import { fileReason } from '../shared/system/file-error.ts';
import type { Redactor } from './redact/redact.ts';
import { stackOf } from '../shared/text/thrown.ts';

/** The result document of the contract. */
export interface ResultDocument {
  readonly step: string;
  readonly ok: boolean;
  readonly exit: number;
  readonly outcome: string;
  readonly reasons: readonly string[];
  /** How it ended, why, and what serves now: one line. */
  readonly summary: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly warnings: readonly string[];
  readonly errors: readonly Problem[];
  readonly startedAt: string;
  readonly finishedAt: string;
}

export interface Ending {
  readonly step: string;
  readonly startedAt: number;
  readonly finishedAt: number;
  readonly warnings: readonly string[];
}

export function documentOf(result: StepResult, ending: Ending): ResultDocument {
  const exit = exitOf[result.outcome];
  return frame(ending, exit, result.outcome, result.reasons ?? [], result.data ?? {}, []);
}

/** What an error becomes: its problems, and `data` when the error carries some. */
export function documentOfError(error: unknown, ending: Ending): ResultDocument {
  const known = error instanceof CanopyError ? error : internal(error);
  const outcome = known.exit === 5 ? 'aborted' : 'failed';
  return frame(
    ending,
    known.exit,
    outcome,
    known.problems.map((item) => item.message),
    known.data,
    known.problems,
  );
}

/** The document as text, with every secret masked also where it stands inside a longer text. */
export function render(document: ResultDocument, mask: Redactor): string {
  const { reasons, summary, data, warnings, errors } = document;
  // The other fields are ours: a secret "done" must not change what the wrapper compares.
  const told = {
    ...document,
    reasons: reasons.map(mask),
    summary: mask(summary),
    data: deep(data, mask),
    warnings: warnings.map(mask),
    errors: errors.map((item) => ({ ...(deep(item, mask) as Problem), code: item.code })),
  };
  return JSON.stringify(told, null, 2);
}

export async function writeResult(file: string, text: string): Promise<void> {
  try {
    writeFileSync(file, `${text}\n`, { mode: 0o600 });
  } catch (error) {
    throw fail('result-file', { file, reason: fileReason(error) }, { cause: error });
  }
}

function frame(
  ending: Ending,
  exit: number,
  outcome: string,
  reasons: readonly string[],
  data: Readonly<Record<string, unknown>>,
  errors: readonly Problem[],
): ResultDocument {
  return {
    step: ending.step,
    ok: exit === 0,
    exit,
    outcome,
    reasons,
    summary: summaryOf(outcome, errors.length > 0 ? errors.map(withHint) : reasons, data['serves']),
    data,
    warnings: ending.warnings,
    errors,
    startedAt: new Date(ending.startedAt).toISOString(),
    finishedAt: new Date(ending.finishedAt).toISOString(),
  };
}

const withHint = ({ message, hint }: Problem): string => (hint === '' ? message : `${message} (${hint})`);

/** Outcomes that say no more than their reasons do. */
const plain = ['fail', 'failed'];

function summaryOf(outcome: string, reasons: readonly string[], serves: unknown): string {
  const why = reasons.join('; ');
  const head = why === '' ? outcome : plain.includes(outcome) ? why : `${outcome}: ${why}`;
  return toLine(typeof serves === 'string' ? `${head}; ${serves}` : head, 2000);
}

function internal(error: unknown): CanopyError {
  const reason = stackOf(error);
  return new CanopyError('internal', 1, [problem('internal', { reason })], { cause: error });
}

const hasJson = (value: object): value is { toJSON(): unknown } =>
  'toJSON' in value && typeof value.toJSON === 'function';

function deep(value: unknown, mask: Redactor, above: readonly unknown[] = []): unknown {
  if (typeof value === 'string') return mask(value);
  if (typeof value === 'number' || typeof value === 'bigint') return number(value, mask);
  if (value === null || typeof value !== 'object') return value;
  if (above.includes(value)) return '[circular]';
  const inside = [...above, value];
  if (Array.isArray(value)) return value.map((item) => deep(item, mask, inside));
  if (hasJson(value)) return deep(value.toJSON(), mask, inside);
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [mask(key), deep(item, mask, inside)]),
  );
}

/** A number that is a secret as a whole; a part of one tells nothing. */
function number(value: number | bigint, mask: Redactor): unknown {
  const text = String(value);
  if (mask(text) === '[secret]') return '[secret]';
  return typeof value === 'bigint' ? text : value;
}
