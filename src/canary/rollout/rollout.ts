/** How far an analysis has come, as it stands in the store: after a crash the next one goes on from there. */
import { isReleaseId } from '../../artifact/index.ts';
import { standingsSchema, type GateStates } from '../../gates/index.ts';
import { analysisRecord, countsRecord, type Analysis, type ArmCounts } from '../../judge/index.ts';
import type { Log, Store } from '../../ports/ports.ts';
import { defineRecord } from '../../record/record.ts';
import { count, is, line, nullable, object, oneOf, since } from '../../record/fields.ts';
import { analysisKey } from '../../store-keys.ts';
import type { Outcome } from '../../shared/verdict.ts';

export interface CanaryRollout {
  /** Of the traffic state: another one is another canary. */
  readonly salt: string;
  readonly release: string;
  /** When the canary got its first requests, milliseconds since the epoch. */
  readonly startedAt: number;
  /** What stable did in the ten minutes before; null: it is not known. */
  readonly before: ArmCounts | null;
  /** The weights of the steps that it goes through; another list begins anew. */
  readonly steps: string;
  readonly step: number;
  readonly stepAt: number;
  /** How it has ended; null: it has not. */
  readonly outcome: Outcome | null;
  /** What the gates of canopy.yml have said; null: they were not asked. */
  readonly gates: GateStates | null;
  /** Null: nobody has looked yet. */
  readonly analysis: Analysis | null;
}

export const rolloutRecord = defineRecord<CanaryRollout>({
  name: 'the analysis of a canary',
  version: ['version', 1],
  schema: object({
    salt: line(100),
    release: is<string>(
      (value) => value === '' || (typeof value === 'string' && isReleaseId(value)),
      'is no release id',
    ),
    startedAt: count,
    before: since(nullable(countsRecord.schema), null),
    steps: line(100_000),
    step: count,
    stepAt: count,
    outcome: since(nullable(oneOf(['pass', 'fail', 'inconclusive'])), null),
    gates: since(nullable(standingsSchema), null),
    analysis: nullable(analysisRecord.schema),
  }),
  longest: 6_000_000,
});

export const writeRollout = (app: string, rollout: CanaryRollout, store: Store): Promise<boolean> =>
  store.set(analysisKey(app), rolloutRecord.format(rollout));

/** Null when there is none of this canary, or none that can be read, which is told: then it begins anew. */
export async function readRollout(
  app: string,
  salt: string,
  { store, log }: { readonly store: Store; readonly log: Pick<Log, 'warn'> },
): Promise<CanaryRollout | null> {
  const key = analysisKey(app);
  const text = await store.get(key);
  if (text === null) return null;
  const parsed = rolloutRecord.parse(text);
  if (!parsed.ok) {
    log.warn(`${key} cannot be read (${parsed.reason}): what was learned of the canary is not known`);
    return null;
  }
  return parsed.value.salt === salt ? parsed.value : null;
}
