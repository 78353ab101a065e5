/** What a rule does beside telling, under the guard. What it does stands in canopy.yml alone: a record names it, and no more. */
import type { WatchReaction, WatchRule } from '../../config/types.ts';
import type { ActFacts, CapSet, Guard } from '../../guard/index.ts';
import { actName, type Incident } from '../../incidents/index.ts';
import { messageOf } from '../../shared/text/thrown.ts';

/** The outside, as far as reactions reach. Each tells whether it has changed anything. */
export interface ReactionPorts {
  alert(reason: string): Promise<boolean>;
  flag(name: string, state: 'on' | 'off'): Promise<boolean>;
  command(
    lines: readonly string[],
    env: Readonly<Record<string, string>>,
    timeoutMs: number,
  ): Promise<boolean>;
}

/** So that a rule that flaps does not run a command for ever. */
const caps: CapSet = {
  host: null,
  hour: { most: 20, withinMs: 3_600_000 },
  fleet: { most: 10, withinMs: 60_000 },
};

/** How it went, in one line. Never rejects but for what the store throws before it is begun. */
export async function react(
  { incident, act, again }: { readonly incident: Incident; readonly act: string; readonly again: boolean },
  rules: readonly WatchRule[],
  facts: ActFacts,
  guard: Guard,
  ports: ReactionPorts,
): Promise<string> {
  const rule = rules.find(({ name }) => name === incident.rule);
  const reaction = rule?.do.find((one, index) => actName(one, index) === act);
  if (reaction === undefined) return 'skipped: canopy.yml has it no longer';
  if (again && reaction.kind === 'command')
    return 'uncertain: the watcher ended while it ran; it is not run again';
  const work = workOf(reaction, incident, ports);
  if (work === null) return 'refused: no-helper';
  const guarded = {
    act: reaction.kind,
    subject: reaction.kind === 'flag' ? reaction.flag : incident.rule,
    host: null,
    towardsStable: reaction.kind === 'alert' || (reaction.kind === 'flag' && reaction.state === 'off'),
  };
  try {
    const done = await guard.act(guarded, facts, caps, work);
    if (!done.did) return `refused: ${done.why}`;
    return done.changed ? 'done' : 'unchanged';
  } catch (error) {
    return `failed: ${messageOf(error)}`;
  }
}

function workOf(
  reaction: WatchReaction,
  incident: Incident,
  ports: ReactionPorts,
): (() => Promise<boolean>) | null {
  switch (reaction.kind) {
    case 'alert':
      return () => ports.alert(`${incident.rule} (${incident.id})`);
    case 'flag':
      return () => ports.flag(reaction.flag, reaction.state);
    case 'command':
      return () =>
        ports.command(
          [...reaction.command],
          {
            CANOPY_RULE: incident.rule,
            CANOPY_TARGET: incident.targets.map(({ name }) => name).join(' '),
            CANOPY_INCIDENT: incident.id,
          },
          reaction.timeoutMs,
        );
    default:
      return null;
  }
}
