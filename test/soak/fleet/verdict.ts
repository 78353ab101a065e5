/** Whether the end that a deploy tells is what the fleet is like. */
import { instanceReports } from '../../../src/deploy/report/instance-report.ts';
import type { Plan } from '../../../src/deploy/model/plan.ts';
import type { Ended } from './play.ts';
import type { Box, World } from './world.ts';

/** Throws what does not fit. */
export function judge(plan: Plan, { end: { end, reasons }, progress, world }: Ended): void {
  const all = plan.tracks.flatMap(({ instance }) => world.boxes.get(instance) ?? []);
  const named = new Set(reasons.map((reason) => reason.slice(0, reason.indexOf(':'))));
  const each = (fits: (box: Box) => boolean, what: string): void => {
    const odd = all.find((box) => box.alive && !fits(box));
    if (odd) throw new Error(`${odd.start.name}: ${end}, but it is not ${what}`);
  };
  const fresh = (box: Box): boolean => isNew(plan, box);
  const earlier = (box: Box): boolean => isOld(plan, box);
  const safe = (box: Box): boolean => fresh(box) || earlier(box);
  switch (end) {
    case 'done':
      each(fresh, 'on the release');
      if (progress.bad.length > 0) throw new Error('done, though one failed');
      if (progress.unfinished.length > 0) throw new Error('done, though one did not come to its end');
      break;
    case 'partial':
      each(
        (box) => (box.failed ? earlier(box) : fresh(box)),
        'back where it failed, on the release where not',
      );
      if (!all.some(({ failed }) => failed) || all.every(({ failed }) => failed))
        throw new Error('partial, but all have one fate');
      break;
    case 'reverted':
      each(
        (box) => earlier(box) || (plan.retire.length > 0 && box.givenUp && named.has(box.start.name)),
        'back',
      );
      if (all.every(({ touched }) => !touched)) throw new Error('reverted, but nothing was touched');
      break;
    case 'failed':
      each(({ touched }) => !touched, 'untouched');
      break;
    case 'aborted':
      each(
        (box) => safe(box) || (plan.retire.length > 0 && box.givenUp && named.has(box.start.name)),
        'whole',
      );
      break;
    case 'frozen':
      each(
        (box) => safe(box) || named.has(box.start.name) || plan.strategy === 'blue-green',
        'whole or named',
      );
      if (plan.onFailure !== 'freeze') throw new Error('frozen, but nobody asked for that');
      break;
    case 'mixed':
      each(
        (box) => safe(box) || named.has(box.start.name) || plan.strategy === 'blue-green',
        'whole or named',
      );
      if (progress.unfinished.length > 0) break;
      if (plan.retire.length === 0 && all.every((box) => box.alive && fresh(box) && !box.givenUp))
        throw new Error('mixed, but all are on the release');
      break;
  }
  checkGroups(plan, world, end);
  for (const { name, did } of instanceReports(plan, {}, progress.records, new Map())) {
    const box = world.boxes.get(name);
    if (did === 'deployed' && (box?.failed || box?.givenUp))
      throw new Error(`${name}: failed, and told as deployed`);
  }
}

/** At the end of a switch one group has the traffic, all of it but what is told. */
function checkGroups(plan: Plan, { boxes }: World, end: string): void {
  if (plan.retire.length === 0) return;
  const old = plan.retire.flatMap((name) => boxes.get(name) ?? []).filter(({ alive }) => alive);
  const isBack = ['reverted', 'failed', 'aborted'].includes(end) && old.every(({ serves }) => serves);
  const isOver = ['done', 'aborted'].includes(end) && old.every(({ serves }) => !serves);
  if (!isBack && !isOver && end !== 'mixed' && end !== 'frozen')
    throw new Error(`${end}, but the group that served before does half`);
}

function isNew(plan: Plan, { current, running, proven, serves, failed }: Box): boolean {
  const isIn = !plan.balanced || serves;
  return current === plan.release && running && proven && isIn && !failed;
}

/** What it was, or, where it was switched, what it was to go back to. */
function isOld(plan: Plan, { start, previous, current, touched, back, givenUp, serves }: Box): boolean {
  if (givenUp || (current !== start.current && current !== previous)) return false;
  // The group that waits serves nobody, unless both did before.
  if (plan.strategy === 'blue-green') return !serves || start.serves;
  return !touched || (back && (!plan.balanced || serves || previous === null));
}
