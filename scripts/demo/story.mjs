// The words between the steps, the summary at the end, and the promises that are checked against it.
import { bold, dim, green, red, seconds } from '../support/console.mjs';
import { shareOf, total } from './visitors.mjs';

let chapters = 0;

export function chapter(title, ...lines) {
  chapters += 1;
  console.log(`\n${bold(`── ${chapters}. ${title} `)}${dim('─'.repeat(Math.max(3, 72 - title.length)))}`);
  for (const line of lines) console.log(`   ${line}`);
}

export const tell = (...lines) => {
  for (const line of lines) console.log(`   ${line}`);
};

/** A table of `{ title, phase, tookMs }`; `canary`: the phase whose share of the canary counts, if there is one. */
export function summary(rows, phases, { canary = null } = {}) {
  const columns = canary === null ? 5 : 6;
  const line = (cells) =>
    `   ${cells
      .slice(0, columns)
      .map((cell, index) => (index === 0 ? cell.padEnd(34) : cell.padStart(11)))
      .join('')}`;
  console.log(`\n${bold(line(['what', 'time', 'requests', 'failed', 'slowest', 'on canary']))}`);
  for (const { title, phase, tookMs } of rows) {
    console.log(line([title, seconds(tookMs), ...cells(total(phases, [phase]))]));
  }
  const all = total(phases);
  const tookMs = rows.reduce((sum, row) => sum + row.tookMs, 0);
  console.log(bold(line(['all', seconds(tookMs), ...cells(all)])));
  for (const failure of all.failures) console.log(red(`   ${failure}`));
  const share =
    canary === null ? '' : `; the canary's share while it lasted: ${percent(total(phases, [canary]))}`;
  console.log(`\n   ${all.requests} requests, ${all.failed} failed${share}`);
}

const cells = (count) => [
  String(count.requests),
  String(count.failed),
  `${Math.round(count.slowest)} ms`,
  percent(count),
];

const percent = (count) => `${shareOf(count, 'canary').toFixed(1)} %`;

/** Prints each promise with whether it held; returns those that did not. */
export function promises(list) {
  console.log('');
  for (const { held, text } of list) console.log(`   ${held ? green('kept  ') : red('BROKEN')} ${text}`);
  return list.filter(({ held }) => !held).map(({ text }) => text);
}
