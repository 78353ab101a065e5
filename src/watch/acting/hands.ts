/** What the leader does with an incident: says it through the outbox, acts through the guard. */
import type { Config } from '../../config/types.ts';
import type { ActFacts } from '../../guard/index.ts';
import { Guard } from '../../guard/index.ts';
import type { Actor } from '../../audit/index.ts';
import type { Clock, Log, Store } from '../../ports/ports.ts';
import { react, type ReactionPorts } from './reactions.ts';
import type { Watch } from '../engine/watch.ts';
import type { Delivered, Hands } from '../engine/watcher.ts';
import type { Delivery, Incident } from '../../incidents/index.ts';

/** Who carries a message, each once. */
interface MessageOutbox {
  deliver(incident: Incident, delivery: Delivery): Promise<Delivered | null>;
  close(incident: Incident, delivery: Delivery): Promise<void>;
}

interface HandsSetup {
  readonly config: Config;
  readonly actor: Actor;
  readonly outbox: MessageOutbox;
  readonly reactions: ReactionPorts;
}

export const openHands =
  (
    { config, actor, outbox, reactions }: HandsSetup,
    ports: { readonly store: Store; readonly clock: Clock; readonly log: Log },
  ) =>
  (watch: Watch): Hands => {
    const guard = new Guard(config.app, actor, ports);
    return {
      deliver: (incident, delivery) => outbox.deliver(incident, delivery),
      close: (incident, delivery) => outbox.close(incident, delivery),
      act: (incident, act, again) =>
        react(
          { incident, act, again },
          watch.rules.map(({ config: rule }) => rule),
          factsOf(watch, incident),
          guard,
          reactions,
        ),
    };
  };

/** What is known when something is about to act. */
function factsOf(watch: Watch, incident: Incident): ActFacts {
  const { deploying } = watch.facts;
  return {
    'lease-lost': !watch.leadership.leads,
    blind: watch.isBlind,
    deploying: incident.targets.some(({ name }) => deploying.has(name)),
  };
}
