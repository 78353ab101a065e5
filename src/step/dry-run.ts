import { fitTable } from '../shared/text/fit.ts';
import { exitOf, type StepResult } from './declare/define.ts';

/** A change that was left out: where, and what. */
export interface RecordedChange {
  readonly where: string;
  readonly what: string;
}

/** The end of a dry run: what was to be done, as a table. What it would have come to stands below where no plan tells. */
export function asDryRun(
  { plan, ...result }: StepResult,
  recorded: readonly RecordedChange[],
  width: number,
): StepResult {
  const made = plan?.(width);
  const end = result.text ?? result.outcome;
  const data = { ...result.data, dryRun: true, ...(made ? { planned: made.rows } : {}) };
  const isTold = made !== undefined && exitOf[result.outcome] === 0;
  const shown = made ? made.text : changesText(recorded, width);
  const parts = [
    shown === ''
      ? 'dry run: nothing is to be changed'
      : `dry run: nothing was changed; this is what would be done\n\n${shown}`,
    ...(isTold ? [] : [shown === '' ? end : `and the end would be\n\n${end}`]),
  ];
  return { ...result, data, text: parts.join('\n\n') };
}

function changesText(recorded: readonly RecordedChange[], width: number): string {
  const lines = new Map(recorded.map(({ where, what }) => [`${where} ${what}`, [where, what]]));
  return lines.size === 0 ? '' : fitTable([['where', 'what'], ...lines.values()], width).join('\n');
}
