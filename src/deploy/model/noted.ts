/** What a server has noted of the last deploy that was begun on it, read like a stranger's input. Pure. */
import { isReleaseId } from '../../artifact/id.ts';
import { defineRecord, type Schema } from '../../record/record.ts';
import { counter, flag, is, nullable, object, oneOf, since } from '../../record/fields.ts';
import { actionKinds, isBackward, type ActionKind } from './actions.ts';
import { isWord } from './word.ts';

/** What stands in each line beside the action: the same for all actions of a deploy on that instance. */
interface Frame {
  readonly deploy: string;
  readonly environment: string;
  readonly order: 'deploy' | 'rollback';
  /** Whether it was for all instances of its environment. */
  readonly whole: boolean;
  /** The release that it brings. */
  readonly brings: string;
  /** What this instance goes back to. */
  readonly previous: string | null;
  /** That is what Canopy did not deploy, and it did not run: it is put back, and not started. */
  readonly stopped: boolean;
  /** A rollback: the release has served there before what served until then. */
  readonly back: boolean;
}

/** A line of `.canopy/journal`, behind its time. */
export interface NotedLine extends Frame {
  readonly action: ActionKind;
  /** What the action is about: on the way back the earlier one. */
  readonly release: string;
  /** How the deploy has ended, where its servers have to know that: `over`: there is nothing to be taken up. */
  readonly state: 'begin' | 'done' | 'over' | 'mixed';
  /** Of the lease. */
  readonly token: number;
  /** Something of the release has failed there before. */
  readonly failed: boolean;
}

export interface Noted extends Frame {
  /** The highest of its lines: a resume has a newer one than the deploy that it takes up. */
  readonly token: number;
  readonly failed: boolean;
  readonly over: boolean;
  readonly mixed: boolean;
  readonly begun: readonly ActionKind[];
  readonly done: readonly ActionKind[];
}

const word: Schema<string> = is(isWord, 'is no name');
const release: Schema<string> = is(
  (value) => typeof value === 'string' && isReleaseId(value),
  'is no release',
);

export const notedLine = defineRecord<NotedLine>({
  name: 'a line of the journal of a server',
  schema: object({
    deploy: word,
    action: oneOf(actionKinds),
    release,
    state: oneOf(['begin', 'done', 'over', 'mixed']),
    environment: word,
    order: oneOf(['deploy', 'rollback']),
    whole: flag,
    brings: release,
    previous: nullable(release),
    stopped: since(flag, false),
    back: since(flag, false),
    token: counter,
    failed: flag,
  }),
  longest: 2000,
});

/** Null when there is nothing that can be read. What was cut or is not ours is passed over: that action is done again. */
export function readNoted(lines: readonly string[]): Noted | null {
  const all = lines.flatMap((text) => {
    const parsed = notedLine.parse(text.slice(text.indexOf(' ') + 1));
    return parsed.ok ? [parsed.value] : [];
  });
  const last = all.at(-1);
  if (last === undefined) return null;
  const own = all.filter(({ deploy }) => deploy === last.deploy);
  // One deploy that has changed its mind: nobody of ours has written that.
  if (own.some((line) => textOf(line) !== textOf(last))) return null;
  // Whoever went back and was switched again has not gone back.
  const from = own.findLastIndex(({ action, state }) => action === 'activate' && state === 'begin');
  const stands = own.filter(({ action }, at) => at >= from || !isBackward(action));
  const kinds = (state: NotedLine['state']): ActionKind[] =>
    actionKinds.filter((kind) => stands.some((line) => line.action === kind && line.state === state));
  const { deploy, environment, order, brings, previous } = last;
  return {
    ...{ deploy, environment, order, brings, previous },
    whole: own.every(({ whole }) => whole),
    // An older version has not noted it.
    stopped: own.some(({ stopped }) => stopped),
    back: own.some(({ back }) => back),
    token: Math.max(...own.map(({ token }) => token)),
    failed: last.failed,
    over: last.state === 'over',
    mixed: last.state === 'mixed',
    begun: kinds('begin'),
    done: kinds('done'),
  };
}

const textOf = ({
  environment,
  order,
  brings,
  previous,
}: Pick<Frame, 'environment' | 'order' | 'brings' | 'previous'>): string =>
  JSON.stringify([environment, order, brings, previous]);
