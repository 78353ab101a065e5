/** How far an analysis has come, as it stands in the store: after a crash the next one goes on from there. */
import { isReleaseId } from '../artifact/index.ts';
import { isCount } from '../count.ts';
import { parseAnalysis, parseCounts, type Analysis, type ArmCounts } from '../judge/index.ts';
import type { Store } from '../ports.ts';
import { analysisKey } from '../store-keys.ts';
import type { Outcome } from '../verdict.ts';

export interface Rollout {
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
  /** What the gates of canopy.yml have said; they read it like a stranger's input. */
  readonly gates: unknown;
  /** Null: nobody has looked yet. */
  readonly analysis: Analysis | null;
}

export const writeRollout = (app: string, rollout: Rollout, store: Store): Promise<boolean> =>
  store.set(analysisKey(app), JSON.stringify({ version: 1, ...rollout }));

/** Null when there is none of this canary, or none that can be read: then it begins anew. */
export async function readRollout(app: string, salt: string, store: Store): Promise<Rollout | null> {
  const text = await store.get(analysisKey(app));
  const rollout = text === null ? null : parseRollout(text);
  return rollout?.salt === salt ? rollout : null;
}

const outcomes: readonly Outcome[] = ['pass', 'fail', 'inconclusive'];
const LONGEST = 6_000_000;

/** Null for what is no such record. */
export function parseRollout(text: string): Rollout | null {
  if (text.length > LONGEST) return null;
  try {
    const it = JSON.parse(text) as Readonly<Record<string, unknown>> | null;
    if (it === null || it['version'] !== 1) return null;
    const { salt, release, steps, analysis, startedAt, step, stepAt } = it;
    if (!isCount(startedAt) || !isCount(step) || !isCount(stepAt)) return null;
    if (typeof salt !== 'string' || typeof steps !== 'string') return null;
    if (typeof release !== 'string' || !(release === '' || isReleaseId(release))) return null;
    const outcome = outcomes.find((one) => one === it['outcome']) ?? null;
    const before = (it['before'] ?? null) === null ? null : parseCounts(it['before'], 'before');
    const gates = it['gates'] ?? null;
    const frame = { salt, release, startedAt, before, steps, step, stepAt, outcome, gates };
    return { ...frame, analysis: analysis === null ? null : parseAnalysis(JSON.stringify(analysis)) };
  } catch {
    // Another version wrote it, or somebody edited it.
    return null;
  }
}
