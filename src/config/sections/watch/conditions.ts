/** `watch.rules[].when`: what has to hold, in the units of its metric. */
import * as v from 'valibot';
import { suggest } from '../../../shared/text/suggest.ts';
import { parseDuration, parsePercent } from '../../../shared/text/units.ts';
import { byForm, isMapping, typed } from '../../fields/fields.ts';
import { key, needed, section, type OutputOf, type SectionOf } from '../../fields/section.ts';
import { asks, limit, type PrometheusQuery } from '../../fields/asked-server.ts';

/** How the value of a metric is written; the number it becomes: milliseconds, percents, per second, days. */
interface MetricUnit {
  readonly parse: (text: string) => number | null;
  readonly like: string;
}
const numberOf = (text: string): number | null => (/^\d+(\.\d+)?$/.test(text) ? Number(text) : null);
const perSecond: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600 };

const time: MetricUnit = { parse: parseDuration, like: 'a duration like 200ms or 5m' };
const share: MetricUnit = { parse: parsePercent, like: 'a percentage like 90%' };
const number: MetricUnit = { parse: numberOf, like: 'a number like 4' };
const days: MetricUnit = {
  parse: (text) => numberOf(text.replace(/d$/, '')),
  like: 'days like 20d',
};
const rate: MetricUnit = {
  parse: (text) => {
    const [, count = '', unit = ''] = /^(.*)\/([smh])$/.exec(text) ?? [];
    const found = numberOf(count);
    return found === null ? null : found / (perSecond[unit] ?? 1);
  },
  like: 'a rate like 500/s',
};

/** Each metric but `down`, which has no value. */
export const metricUnits = {
  ...{ latency: time, age: time, lag: time, days, requests: rate, errors: share },
  ...{ cpu: share, memory: share, disk: share, pressure: share },
  ...{ load: number, restarts: number, oom: number },
} as const satisfies Readonly<Record<string, MetricUnit>>;

export type MetricName = keyof typeof metricUnits | 'down';

/** `cpu > 90%`; `down` is a value above 0. */
export interface MetricCondition {
  readonly metric: MetricName;
  readonly op: '>' | '>=' | '<' | '<=';
  readonly value: number;
}
/** It holds when the query's value is above `max` or below `min`. */
interface PrometheusCondition {
  /** The name of its samples. */
  readonly metric: `prometheus:${string}`;
  readonly prometheus: PrometheusQuery;
  readonly max: number | null;
  readonly min: number | null;
}
export type WatchCondition = MetricCondition | PrometheusCondition;

/** `cpu > 90%`, or what is wrong with it. */
function parseCondition(text: string): MetricCondition | { readonly wrong: string } {
  const [, metric = '', op, value = ''] = /^\s*([A-Za-z]+)\s*(?:(>=|<=|>|<)\s*(.*?))?\s*$/.exec(text) ?? [];
  const names = ['down', ...Object.keys(metricUnits)];
  if (!names.includes(metric)) {
    const what = metric === '' ? `"${text}" is neither` : `there is no metric "${metric}"`;
    return { wrong: `must be down, or like cpu > 90%; ${what}${suggest(metric, names)}` };
  }
  if (metric === 'down')
    return op === undefined
      ? { metric, op: '>', value: 0 }
      : { wrong: 'must be down alone: it has no value to compare' };
  const { parse, like } = metricUnits[metric as keyof typeof metricUnits];
  const found = op === undefined ? null : parse(value);
  return found === null
    ? { wrong: `must compare ${metric} by > >= < <= with ${like}` }
    : { metric: metric as MetricName, op: op as MetricCondition['op'], value: found };
}

const written = v.pipe(
  typed('must be down, or like cpu > 90%'),
  v.rawTransform(({ dataset, addIssue, NEVER }) => {
    const found = parseCondition(dataset.value);
    if (!('wrong' in found)) return found;
    addIssue({ message: found.wrong });
    return NEVER;
  }),
);
const asked = section({ prometheus: needed(asks.schema), max: key(limit, null), min: key(limit, null) });
const any = v.union([written, asked.schema], 'must be down, like cpu > 90%, or { prometheus, max, min }');

const condition = byForm(any, (input) => (isMapping(input) ? asked.schema : written));
const several = v.pipe(v.array(condition), v.minLength(1, 'names no condition'));
/** One condition, or a list that must all hold. */
export const when = byForm(v.union([any, several]), (input) => (Array.isArray(input) ? several : condition));

export function buildConditions(found: OutputOf<typeof when>, rule: string): WatchCondition[] {
  const all = Array.isArray(found) ? (found as readonly OutputOf<typeof condition>[]) : [found];
  return (all as readonly (MetricCondition | OutputOf<typeof asked.schema>)[]).map((one, index) => {
    if (!('prometheus' in one)) return one;
    const { prometheus, max, min }: SectionOf<typeof asked> = asked.fill(one);
    const name = all.length === 1 ? rule : `${rule}.${index + 1}`;
    return { metric: `prometheus:${name}`, prometheus: asks.fill(prometheus), max, min };
  });
}
