/** `canary`: the stages of a canary, and who judges it. */
import * as v from 'valibot';
import { duration, list, object, weight } from '../../fields/fields.ts';
import { analysis, buildAnalysis, type AnalysisConfig } from './analysis.ts';
import { buildGates, gates, type GateConfig } from './gates.ts';

export const canary = object({
  steps: v.optional(list(object({ weight, for: duration }), 'a list of steps')),
  analysis: v.optional(analysis.schema),
  gates: v.optional(gates),
});

export interface CanaryConfig {
  readonly steps: readonly { readonly weight: number; readonly forMs: number }[];
  readonly analysis: AnalysisConfig;
  /** What is asked beside the analysis. */
  readonly gates: readonly GateConfig[];
}

export function buildCanary(written: v.InferOutput<typeof canary>): CanaryConfig {
  const judged = buildAnalysis(written.analysis ?? {});
  return {
    steps: (written.steps ?? []).map((step) => ({ weight: step.weight, forMs: step.for })),
    analysis: judged,
    gates: buildGates(written.gates, judged.everyMs),
  };
}
