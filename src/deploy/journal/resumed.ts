/** Where a deploy that did not end stands: its journal, and what the servers have noted and show. Pure. */
import { plainLine } from '../../shared/text/line.ts';
import {
  actionKinds,
  isBackward,
  isEnding,
  type Action,
  type ActionKind,
  type Performed,
} from '../model/actions.ts';
import { isBroughtOtherwise, type FactsByInstance, type InstanceFacts } from '../model/facts.ts';
import type { DeployRun } from '../context/deploy-context.ts';
import type { Noted } from '../model/noted.ts';
import type { JournalEntry, Journal } from './journal.ts';
import { trackOf, type Plan, type Track } from '../model/plan.ts';
import { holds } from '../model/site.ts';
import { DeployProgress } from '../model/progress.ts';

type Resumed = Pick<DeployRun, 'plan' | 'progress'>;

/** Why there is nothing to go on with; null when there is. */
export function over(journal: Journal): string | null {
  const { state, plan } = journal;
  if (state === 'done' || state === 'reverted' || state === 'partial') return `it has ended as ${state}`;
  const progress = new DeployProgress(recordsOf(journal));
  // By itself it ends so only before anything is switched.
  if (state === 'failed' && journal.records.some(isSwitching))
    return 'the environment was taken as it is since then';
  const tooMany = plan.onFailure !== 'continue' && progress.bad.length > plan.maxFailures;
  return state === 'aborted' && (progress.goesBack || tooMany) ? 'it was aborted, and all went back' : null;
}

export const canResume = (journal: Journal): boolean => over(journal) === null;

/**
 * The records of the journal, and what each server has noted as done beside them (the store may have been away, or the run may
 * have died between the two). `sick`: they were healthy, and are not any more. What the server contradicts is done again; so is what failed, where trying again is the point.
 */
export function resumed(
  journal: Journal,
  facts: FactsByInstance,
  sick: ReadonlySet<string> = new Set(),
): Resumed {
  const { plan, release } = journal;
  const tracks = plan.tracks.map((track) => ({
    ...track,
    send: !isHeld(facts[track.instance], release),
  }));
  const written = recordsOf(journal);
  const unfinished = new Set(written.filter(isUnfinished).map(({ instance }) => instance));
  // Whoever could not be brought to its end is asked for its health once more before that is tried again.
  const asksAgain = ({ kind, instance }: Performed): boolean =>
    kind === 'gate' && (unfinished.has(instance) || sick.has(instance));
  const told = written.filter((record) => !isTriedAgain(journal, record) && !asksAgain(record));
  const all = [...told, ...notedBeside(journal, facts)];
  const wentBack = new Set(all.filter(({ kind }) => isBackward(kind)).map(({ instance }) => instance));
  const kept = all.filter((record) => !isContradicted(record, facts[record.instance], wentBack, plan));
  const came = new Set(kept.map(nameOf));
  const stand = new Set(kept.filter((record) => !isUncertain(record, came)));
  const onServers = tracks.flatMap(({ instance }) =>
    kindsIn(notedOf(journal, facts[instance])?.begun, instance),
  );
  const gone = [...written, ...all]
    .filter((record) => !stand.has(record))
    .filter(({ kind }) => !isStaging(kind) && !(beginsAnew(journal) && isBackward(kind)));
  return {
    plan: { ...plan, tracks },
    progress: new DeployProgress([...stand], [...journal.doing, ...onServers, ...gone]),
  };
}

const isHeld = (facts: InstanceFacts | undefined, id: string): boolean =>
  facts !== undefined && holds(facts, id) && !isBroughtOtherwise(facts, id);

const isSwitching = ({ kind, result }: JournalEntry): boolean =>
  isBackward(kind) || (result === 'ok' && (kind === 'drain' || kind === 'activate' || kind === 'ready'));

/** As they were performed, as far as they were written down. */
export const recordsOf = ({ records, release }: Journal): Performed[] =>
  records.map(({ kind, instance, result, reason, unwell, unconfirmed, proof, unproven }) => ({
    kind,
    instance,
    release,
    result: result ?? 'ok',
    // It is shown to people, and stood in the store.
    reason: reason === undefined ? null : plainLine(reason, 400),
    ...(unwell ? { unwell } : {}),
    ...(unconfirmed ? { unconfirmed: 'nobody has confirmed it' } : {}),
    ...(proof === undefined ? {} : { proof }),
    ...(unproven === undefined ? {} : { unproven: plainLine(unproven, 400) }),
  }));

/** What a server knows of that deploy; its last one may be another. */
const notedOf = ({ deploy }: Journal, facts: InstanceFacts | undefined): Noted | null =>
  facts?.noted?.deploy === deploy ? facts.noted : null;

/** Only what a server does by a command is noted there. */
function notedBeside(journal: Journal, facts: FactsByInstance): Performed[] {
  const { plan, records, release } = journal;
  const known = new Set(records.map(nameOf));
  const doneOn = (instance: string): readonly string[] => {
    const done = notedOf(journal, facts[instance])?.done ?? [];
    // Nobody is switched who has not left the traffic before.
    return plan.balanced && done.includes('activate') ? ['drain', ...done] : done;
  };
  return plan.tracks
    .flatMap(({ instance }) => kindsIn(doneOn(instance), instance))
    .filter((action) => !known.has(nameOf(action)))
    .map((action) => ({ ...action, release, result: 'ok', reason: null }));
}

const nameOf = ({ kind, instance }: Pick<Action, 'kind' | 'instance'>): string => `${kind} ${instance}`;

const kindsIn = (words: readonly string[] = [], instance: string): Pick<Action, 'kind' | 'instance'>[] =>
  actionKinds.filter((kind) => words.includes(kind)).map((kind) => ({ kind, instance }));

/** What was put back beside one that was frozen begins anew with it. */
const beginsAnew = ({ state }: Journal): boolean => state === 'frozen' || state === 'failed';

const isUnfinished = ({ kind, result }: Performed): boolean => isEnding(kind) && result === 'failed';

function isTriedAgain(journal: Journal, { kind, result, unconfirmed }: Performed): boolean {
  if (unconfirmed !== undefined) return true;
  const { state, records } = journal;
  if (isEnding(kind)) return result === 'failed';
  if (beginsAnew(journal)) return result === 'failed' || isBackward(kind) || kind === 'failure';
  if (result !== 'failed' || state !== 'mixed') return false;
  // It was on its way back: that is what is tried again; why it went back stays.
  return isBackward(kind) || !records.some((entry) => isBackward(entry.kind));
}

const afterSwitch: ReadonlySet<ActionKind> = new Set(['activate', 'gate', 'ready', 'after']);
const afterReturn: ReadonlySet<ActionKind> = new Set(['restore', 'regate', 'reready']);
const isStaging = (kind: ActionKind): boolean => kind === 'stage' || kind === 'prepare';

/** What was done and is not so: the server holds, or runs, something else. */
function isContradicted(
  { kind, instance, release, result }: Performed,
  facts: InstanceFacts | undefined,
  wentBack: ReadonlySet<string>,
  plan: Plan,
): boolean {
  if (!facts || result === 'failed') return false;
  if (isStaging(kind)) return !isHeld(facts, release);
  if (afterSwitch.has(kind)) return !wentBack.has(instance) && !runs(facts, release);
  return afterReturn.has(kind) && !isBack(facts, trackOf(plan, instance));
}

const runs = ({ current, running }: InstanceFacts, id: string | null): boolean =>
  current === id && (id === null || running);

/** On what it goes back to, which need not have run. */
function isBack(facts: InstanceFacts, track: Track | undefined): boolean {
  const previous = track?.previous ?? null;
  return track?.stopped === true ? facts.current === previous : runs(facts, previous);
}

/** Out of the traffic for a switch that has not come: somebody may have taken it back since. */
function isUncertain({ kind, instance, result }: Performed, came: ReadonlySet<string>): boolean {
  const wanted = kind === 'drain' ? 'activate' : kind === 'redrain' ? 'restore' : null;
  return wanted !== null && result === 'ok' && !came.has(nameOf({ kind: wanted, instance }));
}
