/** Samples and cases for `explain rule`, as people write them: YAML, read with our own eyes for every mistake. Pure. */
import * as v from 'valibot';
import { parseYaml } from '../config/file/yaml.ts';
import { anyNumber, duration, flag, list, name, object, text, texts } from '../config/fields/fields.ts';
import { metricUnits, type MetricName } from '../config/sections/watch/conditions.ts';
import { fail } from '../errors.ts';
import type { ReplaySample } from '../rules/index.ts';

const metrics = Object.keys(metricUnits) as (keyof typeof metricUnits)[];

const value = v.union([text, anyNumber('must be a value')], 'must be a value like 95%');
const metricEntries = Object.fromEntries(metrics.map((one) => [one, v.optional(value)])) as Record<
  (typeof metrics)[number],
  v.OptionalSchema<typeof value, undefined>
>;
/** `{ at: 10s, target: web-1, cpu: 95%, down: true }`. */
const sample = object({
  at: duration,
  target: texts,
  down: v.optional(flag),
  unknown: v.optional(texts),
  ...metricEntries,
});
const samples = list(sample, 'a list of samples');

/** `{ at: 5m, of: [web-1] }`: for these it holds then, and for no others. */
const expected = list(object({ at: duration, of: v.optional(texts) }), 'a list of times');
const cases = list(
  object({
    name: text,
    rule: name,
    every: v.optional(duration),
    until: v.optional(duration),
    samples,
    holds: expected,
  }),
  'a list of cases',
);

type WrittenSample = v.InferOutput<typeof sample>;
export interface RuleCase {
  readonly name: string;
  readonly rule: string;
  readonly everyMs: number | null;
  readonly untilMs: number | null;
  readonly samples: readonly ReplaySample[];
  readonly holds: readonly { readonly at: number; readonly of: readonly string[] }[];
}

/** Throws `samples-file` with the first mistake. */
export const parseSamples = (file: string, written: string): ReplaySample[] =>
  read(samples, file, written, 'samples').flatMap((one) => samplesOf(one, file));

export const parseCases = (file: string, written: string): RuleCase[] =>
  read(cases, file, written, 'cases').map((one) => ({
    name: one.name,
    rule: one.rule,
    everyMs: one.every ?? null,
    untilMs: one.until ?? null,
    samples: one.samples.flatMap((each) => samplesOf(each, file)),
    holds: one.holds.map(({ at, of = [] }) => ({ at, of })),
  }));

/** The list itself, or below its name. */
function read<S extends v.GenericSchema>(
  schema: S,
  file: string,
  written: string,
  key: string,
): v.InferOutput<S> {
  const found = parseYaml(written, file);
  const inner =
    typeof found === 'object' && found !== null && !Array.isArray(found) && key in found
      ? (found as Record<string, unknown>)[key]
      : found;
  const parsed = v.safeParse(schema, inner);
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  const path = (issue.path ?? []).map((part) => String(part.key)).join('.');
  throw fail('samples-file', {
    file,
    reason: `${path === '' ? key : path} ${issue.message.replace(/^unknown-key/, 'is no key').split('\n')[0] ?? ''}`,
  });
}

function samplesOf(one: WrittenSample, file: string): ReplaySample[] {
  const { at, target, down, unknown = [] } = one;
  const found: (readonly [MetricName, number | null])[] = unknown.map((metric) => [
    metric as MetricName,
    null,
  ]);
  if (down !== undefined) found.push(['down', down ? 1 : 0]);
  for (const metric of metrics) {
    const is = one[metric];
    if (is === undefined) continue;
    const { parse, like } = metricUnits[metric];
    const number = typeof is === 'number' ? is : parse(is);
    if (number === null)
      throw fail('samples-file', { file, reason: `${metric} must be ${like}, not "${is}"` });
    found.push([metric, number]);
  }
  return target.flatMap((name) =>
    found.map(([metric, number]) => ({ metric, target: name, value: number, at })),
  );
}
