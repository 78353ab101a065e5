/** The history for people. Everything from outside has been made plain lines before. Pure. */
import { columns } from '../shared/text/columns.ts';
import type { Paint } from '../shared/text/line.ts';
import { showDuration } from '../shared/text/units.ts';
import type { Commits } from './commits.ts';
import type { Dora } from './dora.ts';
import type { HistoryAction } from './parse.ts';
import type { Gap, UnreadableEntries } from './plan.ts';
import { lookUp } from '../shared/look-up.ts';

export interface HistoryPage {
  readonly items: readonly (
    (HistoryAction & { readonly commits: Commits | null }) | Gap | UnreadableEntries
  )[];
  readonly older: number;
}

/** One action with a line of its own and, below it, what there is to say. */
export function table({ items, older }: HistoryPage, paint: Paint): string {
  if (items.length === 0) return 'nothing of that is in the audit stream';
  const rows = items.map((item) => (item.kind === 'action' ? cells(item) : null));
  const widths = head.map((title, at) =>
    Math.max(title.length, ...rows.map((row) => row?.[at]?.length ?? 0)),
  );
  const line = (row: readonly string[], style: (text: string, at: number) => string): string =>
    row
      .map((cell, at) => style(cell.padEnd(at === row.length - 1 ? 0 : (widths[at] ?? 0)), at))
      .join('  ')
      .trimEnd();
  const lines = items.flatMap((item, at) => {
    if (item.kind === 'gap') return [paint('yellow', `--- gap: ${item.says}`)];
    if (item.kind === 'unreadable') return [paint('yellow', `--- ${unreadable(item)}`)];
    const row = rows[at] ?? [];
    const coloured = (text: string, column: number): string =>
      column === outcomeColumn ? paint(styleOf(item.outcome), text) : text;
    return [line(row, coloured), ...details(item).map((text) => paint('dim', `    ${text}`))];
  });
  const more = older === 0 ? [] : [`… and ${older} older (--limit)`];
  return [line(head, (text) => paint('bold', text)), ...lines, ...more].join('\n');
}

const head = ['when (UTC)', 'what', 'release', 'took', 'outcome', 'who'];
const outcomeColumn = 4;

function cells(item: HistoryAction): string[] {
  return [
    timeText(item.at),
    [item.action, item.environment, item.target].filter(Boolean).join(' '),
    item.release ?? '-',
    item.durationMs === null ? '-' : longDuration(item.durationMs),
    item.outcome ?? 'no outcome',
    item.actor.name,
  ];
}

function details(item: HistoryAction & { readonly commits: Commits | null }): string[] {
  const before = item.previous !== null && item.previous !== item.release;
  return [
    ...(item.outcome === null ? ['no outcome: it died or is running'] : []),
    ...(before ? [`before: ${item.previous}`] : []),
    ...(item.commits === null ? [] : commitLines(item.commits)),
    ...item.reasons.map((reason) => (item.outcome === 'done' ? reason : `because ${reason}`)),
    ...(item.actor.url === '' ? [] : [item.actor.url]),
  ];
}

function commitLines(commits: Commits): string[] {
  const { missing } = commits;
  if (missing.length > 0)
    return [`commits: ${missing.join(' and ')} ${missing.length > 1 ? 'are' : 'is'} not in this clone`];
  if (commits.list.length === 0) return ['commits: the same commit, built anew'];
  const lines = commits.list.map(
    ({ commit, subject, author }) => `${commits.back ? '- ' : '+ '}${commit} ${subject} (${author})`,
  );
  const more = commits.more > 0 ? [`… and ${commits.more} more`] : [];
  return [...lines, ...more, ...(commits.cut ? [cutHere] : [])];
}

const cutHere = '… and what this clone lacks: it is shallow (git fetch --unshallow gets the rest)';

const unreadable = ({ count }: UnreadableEntries): string =>
  count === 1
    ? 'unreadable: an entry that Canopy did not write'
    : `unreadable: ${count} entries that Canopy did not write`;

const styles: Readonly<Record<string, 'red' | 'green' | 'yellow'>> = {
  done: 'green',
  unchanged: 'green',
  failed: 'red',
  mixed: 'red',
  reverted: 'red',
};
const styleOf = (outcome: string | null): 'red' | 'green' | 'yellow' =>
  (outcome === null ? undefined : lookUp(styles, outcome)) ?? 'yellow';

const timeText = (ms: number): string => new Date(ms).toISOString().slice(0, 19).replace('T', ' ');

/** As `showDuration`, with hours and days. */
export function longDuration(ms: number): string {
  const minutes = Math.round(ms / 60_000);
  if (minutes < 60) return showDuration(ms);
  const [large, small, factor] = minutes < 24 * 60 ? (['h', 'min', 60] as const) : (['d', 'h', 24] as const);
  const count = factor === 60 ? minutes : Math.round(minutes / 60);
  const rest = count % factor;
  return `${Math.floor(count / factor)} ${large}${rest === 0 ? '' : ` ${rest} ${small}`}`;
}

/** The four figures, each with what it is made from. */
export function doraTable(dora: Dora): string {
  const { deploymentFrequency, leadTime, changeFailureRate, timeToRestore } = dora;
  const scarce = 'not enough data';
  const time = (ms: number | null): string => (ms === null ? scarce : longDuration(ms));
  const { perDay } = deploymentFrequency;
  const rows = [
    [
      'deployment frequency',
      perDay === null ? scarce : perDay >= 1 ? `${fixed(perDay)} a day` : `${fixed(perDay * 7)} a week`,
      counted(deploymentFrequency.events, 'deploy'),
    ],
    [
      'lead time for changes',
      time(leadTime.medianMs),
      `median of ${counted(leadTime.events, 'deploy')}${leadTime.unknown > 0 ? `; ${counted(leadTime.unknown, 'commit')} not in this clone` : ''}`,
    ],
    [
      'change failure rate',
      changeFailureRate.percent === null ? scarce : `${fixed(changeFailureRate.percent)} %`,
      `${changeFailureRate.failures} of ${counted(changeFailureRate.events, 'deploy')}`,
    ],
    [
      'time to restore',
      time(timeToRestore.medianMs),
      `median of ${counted(timeToRestore.events, 'failure')}${timeToRestore.open > 0 ? `; ${timeToRestore.open} not mended yet` : ''}`,
    ],
  ];
  return [
    `${dora.environment}, ${timeText(dora.from)} to ${timeText(dora.to)} UTC`,
    ...columns(rows, '  '),
  ].join('\n');
}

const fixed = (value: number): string => value.toFixed(1).replace(/\.0$/, '');
const counted = (count: number, word: string): string => `${count} ${word}${count === 1 ? '' : 's'}`;
