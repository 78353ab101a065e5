/** Who would be told when, if something went wrong now and nobody answered. Pure. */
import type { Config } from '../config/types.ts';
import { fail } from '../errors.ts';
import { ladderOf, peopleOf, type Rung, type Severity } from '../incidents/index.ts';
import { columns } from '../shared/text/columns.ts';
import { suggest } from '../shared/text/suggest.ts';
import type { Explained } from './answer.ts';
import { writeDuration } from './written/written-units.ts';

interface EscalationAsked {
  readonly policy: string | null;
  readonly severity: Severity;
  /** When it would begin. */
  readonly at: number;
}

interface ToldStep {
  readonly level: number;
  readonly afterMs: number;
  readonly to: string;
  readonly by: string;
  readonly held: string | null;
}

export function explainEscalation(config: Config, { policy, severity, at }: EscalationAsked): Explained {
  const names = Object.keys(config.escalation);
  if (policy !== null && !names.includes(policy))
    throw fail('usage', {
      reason: `there is no policy ${policy}${suggest(policy, names)}; there ${names.length === 0 ? 'is none' : `are ${names.join(', ')}`}`,
      step: 'explain',
    });
  const shown = (policy === null ? names : [policy]).map((name) => ({
    policy: name,
    severity,
    steps: stepsOf(ladderOf(name, config), config, severity, at),
  }));
  const text = shown.map(
    ({ policy: name, steps }) => `${name}, ${severity}, from ${new Date(at).toISOString()}\n${lines(steps)}`,
  );
  return {
    data: { policies: shown },
    text: text.join('\n\n') || 'canopy.yml names no escalation: nobody is told',
  };
}

function stepsOf(ladder: readonly Rung[], config: Config, severity: Severity, at: number): ToldStep[] {
  const means = ['call', 'sms', 'mail'];
  const people = peopleOf(config.people, [], means);
  let begins = 0;
  return ladder.flatMap(({ to, by, afterMs, repeat, everyMs }, index) => {
    begins += afterMs;
    return Array.from({ length: repeat + 1 }, (_, again) => begins + again * everyMs).flatMap((after) =>
      by.flatMap((way) =>
        (means.includes(way) ? to : [way]).map((name) => {
          const held = means.includes(way) ? people.held(name, way, severity, at + after) : null;
          return {
            level: index + 1,
            afterMs: after,
            to: name,
            by: way,
            held:
              held === null
                ? null
                : `held: ${held.why}${held.by === null ? '' : `, ${held.by} at ${new Date(held.at).toISOString()}`}`,
          };
        }),
      ),
    );
  });
}

const lines = (steps: readonly ToldStep[]): string =>
  columns(
    steps.map(({ level, afterMs, to, by, held }) => [
      `level ${level}`,
      afterMs === 0 ? 'at once' : `after ${writeDuration(afterMs)}`,
      by,
      to,
      held ?? '',
    ]),
    '  ',
  ).join('\n');
