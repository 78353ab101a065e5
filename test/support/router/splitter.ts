import { buildHardening } from '../../../src/config/sections/traffic/limits.ts';
import type { Sticky } from '../../../src/config/fields/sticky.ts';
import { cookieName } from '../../../src/router/split/sticky-cookie.ts';
import { Fleet, type FleetMember, type Origin } from '../../../src/router/fleet/fleet.ts';
import { switchedOn } from './canary-on.ts';
import type { Assignment } from '../../../src/router/split/assigner.ts';
import { Assigner } from '../../../src/router/split/assigner.ts';
import { apply, type Change, type TrafficState } from '../../../src/traffic/index.ts';

/** Nothing is sent: the picking alone is of interest. */
const origin = (name: string, arm: 'stable' | 'canary'): Origin =>
  ({ name, arm, upstream: { host: name, port: 80 } }) as Origin;

export interface Splitter {
  readonly fleet: Fleet;
  readonly who: Assigner;
  state: TrafficState;
  change(...changes: readonly Change[]): void;
  /** One request that is over at once, as the server treats it. */
  ask(headers?: readonly string[]): { readonly arm: FleetMember['arm'] | null; readonly given: Assignment };
}

/** The code of the router that says who goes where, without a network. */
export function splitter(
  sticky: Sticky,
  weight: number,
  more: { readonly turn?: number; readonly key?: Buffer; readonly header?: string } = {},
): Splitter {
  const origins = [origin('web-1', 'stable'), origin('web-2', 'stable'), origin('canary-1', 'canary')];
  const fleet = new Fleet(origins, { rise: 1, fall: 1 }, () => undefined, buildHardening({}, '/'));
  for (const member of fleet.members) fleet.checked(member, true);
  const who = new Assigner({ app: 'shop', header: more.header ?? 'x-canary', turn: more.turn ?? 1 });
  who.use([more.key ?? Buffer.alloc(32, 1)]);
  const it: Splitter = {
    fleet,
    who,
    state: { ...switchedOn(weight, 1, sticky), salt: '00ff' },
    change(...changes) {
      it.state = apply(it.state, ...changes);
      fleet.apply(it.state, false);
      who.apply(it.state, false);
    },
    ask(headers = []) {
      const given = who.of(headers);
      const member = fleet.pickUpstream(given.place);
      if (member !== null) fleet.leave(member);
      return { arm: member?.arm ?? null, given };
    },
  };
  it.change();
  return it;
}

/** The headers of a client that keeps cookies. */
export const withCookie = (value: string): string[] => ['Cookie', `a=1; ${cookieName('shop')}=${value}`];
