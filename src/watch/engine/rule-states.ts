/** Where rules are, for the next leader and the next pass: `for` goes on over a restart. */
import type { Log, Store } from '../../ports/ports.ts';
import { byName, count, flag, nullable, object, time } from '../../record/fields.ts';
import { defineRecord } from '../../record/record.ts';
import type { RuleState } from '../../rules/index.ts';
import { ruleStatesKey } from '../../store-keys.operate.ts';

type RuleStates = Readonly<Record<string, RuleState>>;

const statesRecord = defineRecord<{ readonly states: RuleStates }>({
  name: 'the states of rules',
  version: ['version', 1],
  schema: object({
    states: byName(
      (name) => name.length <= 400,
      object({ holds: flag, turnedAt: nullable(time), turned: count }),
      100_000,
    ),
  }),
  longest: 30_000_000,
});

const written = new WeakMap<Store, string>();

/** Only what has changed is written. */
export async function saveRuleStates(app: string, states: RuleStates, store: Store): Promise<void> {
  const text = statesRecord.format({ states });
  if (written.get(store) === text) return;
  await store.set(ruleStatesKey(app), text);
  written.set(store, text);
}

export async function loadRuleStates(
  app: string,
  { store, log }: { readonly store: Store; readonly log: Pick<Log, 'warn'> },
): Promise<RuleStates> {
  const text = await store.get(ruleStatesKey(app));
  if (text === null) return {};
  const parsed = statesRecord.parse(text);
  if (parsed.ok) return parsed.value.states;
  log.warn(`${ruleStatesKey(app)} cannot be read (${parsed.reason}): rules begin anew`);
  return {};
}
