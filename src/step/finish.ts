import { CanopyError } from '../errors/common.ts';
import { harmless } from '../shared/text/line.ts';
import { leave } from './leave.ts';
import type { Redactor } from './redact/redact.ts';
import type { OutputOptions } from './arguments/parse.ts';
import type { StepReport } from './report.ts';
import { render, writeResult, type ResultDocument } from './result.ts';

export interface Ground {
  readonly output: OutputOptions;
  readonly mask: Redactor;
  /** Null before there is one. */
  readonly report: StepReport | null;
  /** A signal has come: nobody waits for us long. */
  readonly hurried: boolean;
}

/** Writes the result document, tells how it went, and leaves with its exit code. What went wrong is told on stderr, always. */
export async function finish(document: ResultDocument, ground: Ground, text?: string): Promise<never> {
  const { output, mask, report, hurried } = ground;
  const shown = output.result === null ? document : await keep(document, output.result, mask);
  for (const part of lastWords(shown, text)) report?.say(part);
  report?.close();
  const wrong = [
    ...wordsOfFailure(shown, text, output),
    ...shown.errors.map((item) => `error: ${item.message}\n  ${item.hint}`),
    ...(shown === document || shown.errors.length === 0
      ? []
      : [`the result document:\n${render(shown, mask)}`]),
  ];
  if (wrong.length > 0 && process.stderr.writable)
    process.stderr.write(`${harmless(mask(wrong.join('\n')))}\n`);
  return leave(shown.exit, output.json ? `${render(shown, mask)}\n` : '', { hurried });
}

/** Reasons that no error tells. */
const untold = ({ outcome, errors, reasons }: ResultDocument): readonly string[] =>
  outcome !== 'pass' && errors.length === 0 ? reasons : [];

const lastWords = (shown: ResultDocument, text: string | undefined): readonly string[] => {
  if (text) return [text];
  return shown.exit === 0 ? untold(shown) : [];
};

/** What stderr is told beside the errors. */
function wordsOfFailure(
  shown: ResultDocument,
  text: string | undefined,
  output: OutputOptions,
): readonly string[] {
  const reasons = untold(shown);
  if (shown.exit === 0 || reasons.length === 0) return [];
  if (!text) return reasons;
  return isSeen(output) ? [] : [`error: ${shown.summary}`];
}

/** Whether whoever reads stderr has the last words before their eyes as well. */
const isSeen = ({ json }: OutputOptions): boolean =>
  json || (process.stdout.isTTY === true && process.stderr.isTTY === true);

/** The document as it was, or with the reason why it could not be written. */
async function keep(document: ResultDocument, file: string, mask: Redactor): Promise<ResultDocument> {
  try {
    await writeResult(file, render(document, mask));
    return document;
  } catch (error) {
    if (!(error instanceof CanopyError)) throw error;
    const errors = [...document.errors, ...error.problems];
    return { ...document, ok: false, exit: document.exit || 1, errors };
  }
}
