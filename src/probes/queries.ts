/** Queries of Prometheus that rules ask for. */
import type { WatchRule } from '../config/types.ts';
import { valueNow } from '../gates/index.ts';
import type { Http } from '../ports/ports.ts';
import type { ProbeSample } from './samples.ts';

/** One measurement a query, all asked at once; each bears the name of its rule as its target. */
export async function querySamples(
  rules: readonly WatchRule[],
  timeoutMs: number,
  http: () => Promise<Http>,
  now: () => number,
): Promise<ProbeSample[]> {
  const asked = rules.flatMap(({ name, when }) =>
    when.flatMap((condition) => ('prometheus' in condition ? [{ name, condition }] : [])),
  );
  return Promise.all(
    asked.map(async ({ name, condition }) => {
      const { value, why } = await valueNow({ ...condition, name, timeoutMs }, http);
      return { metric: condition.metric, target: name, value, at: now(), why };
    }),
  );
}
