/** What a rule does beside telling, by name: a record of an incident holds the name, and canopy.yml alone what it does. Pure. */
import type { WatchReaction, WatchRule } from '../config/types.ts';

/** How a reaction is named in the record of an incident. */
export const actName = (reaction: WatchReaction, index: number): string => {
  if (reaction.kind === 'flag') return `flag ${reaction.flag} ${reaction.state}`;
  return reaction.kind === 'command' ? `command ${index + 1}` : reaction.kind;
};

export const actsOf = (rule: WatchRule): string[] => rule.do.map(actName);
