/** The shape of the keys of `traffic` that keep the router safe from bad peers. */
import * as v from 'valibot';
import { count, duration, flag, object, percent, size, text } from './fields.ts';

const o = v.optional;
const from = (least: number, words: string) => v.minValue<number, number, string>(least, words);

export const hardening = {
  limits: o(
    object({
      header: o(
        v.pipe(size, from(1024, 'must be 1KB or more'), v.maxValue(1024 * 1024, 'must be 1MB or less')),
      ),
      headers: o(v.pipe(count, from(10, 'must be 10 or more'))),
      url: o(v.pipe(size, from(256, 'must be 256B or more'))),
      body: o(size),
      headerTime: o(v.pipe(duration, from(100, 'must be 100ms or more'))),
      idle: o(duration),
      slowest: o(size),
      answer: o(duration),
      quiet: o(duration),
      keepAlive: o(v.pipe(duration, from(100, 'must be 100ms or more'))),
      connections: o(count),
      requests: o(count),
    }),
  ),
  circuit: o(
    object({
      failures: o(count),
      open: o(v.pipe(duration, from(100, 'must be 100ms or more'))),
      longest: o(duration),
      on5xx: o(flag),
      atMost: o(percent),
    }),
  ),
  slowStart: o(duration),
  longLived: o(object({ drain: o(duration) })),
  maintenance: o(object({ page: o(text) })),
};

type LimitsOutput<E> = { [K in keyof E]?: E[K] extends v.GenericSchema ? v.InferOutput<E[K]> : never };
export type RawHardening = LimitsOutput<typeof hardening>;
