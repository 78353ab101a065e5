/** What Prometheus answers to an instant query (HTTP API v1), held against the limits of a gate. Pure. */
import type { PrometheusGate } from '../config/types.ts';
import type { GateAnswer } from './answer.ts';
import { jsonOf } from './json.ts';

export type ValueLimits = Pick<PrometheusGate, 'max' | 'min' | 'empty'>;

const error = (reason: string): GateAnswer => ({ said: 'error', reason });

/** The answer to a query, whatever its status. */
export function readSample(status: number, body: string, limits: ValueLimits): GateAnswer {
  const { value, tooLong } = jsonOf(body);
  const { status: word, error: why, errorType, data } = record(value);
  if (word === 'error' && typeof why === 'string') return error(`${String(errorType ?? 'error')}: ${why}`);
  if (status !== 200) return error(`it answers ${status}${hintOf(status)}`);
  if (tooLong)
    return error('the answer is longer than 64 KiB: let the query give one value, by sum() or max()');
  if (word !== 'success') return error('that is no answer of a Prometheus');
  return ofResult(record(data)['resultType'], record(data)['result'], limits);
}

function hintOf(status: number): string {
  if (status === 401 || status === 403) return ': is token or login right?';
  if (status >= 300 && status < 400)
    return ': a redirect, which is not followed; write the address it leads to';
  return status === 404 ? ': does the url lead to a Prometheus?' : '';
}

function ofResult(type: unknown, result: unknown, limits: ValueLimits): GateAnswer {
  if (type === 'scalar') return ofPoint(result, limits);
  if (type !== 'vector' || !Array.isArray(result))
    return error(
      `the query gives ${typeof type === 'string' ? `a ${type}` : 'no result'}: it has to give one value now, without a range like [5m] at its end`,
    );
  if (result.length === 0) return nothing('the query finds nothing', limits);
  if (result.length > 1)
    return error(`the query gives ${result.length} samples, not one: put sum(), avg() or max() around it`);
  return ofPoint(record(result[0])['value'], limits);
}

/** `[time, "value"]` */
function ofPoint(point: unknown, limits: ValueLimits): GateAnswer {
  const text: unknown = Array.isArray(point) ? point[1] : undefined;
  if (typeof text !== 'string')
    return error('the query gives no plain number: a histogram needs histogram_quantile()');
  const value = numberOf(text);
  if (value === undefined) return error(`the query gives "${text}", which is no number`);
  // As 0/0 gives it: there was nothing to divide.
  if (Number.isNaN(value)) return nothing('the value is NaN', limits);
  return held(value, text, limits);
}

function numberOf(text: string): number | undefined {
  if (text === 'NaN') return Number.NaN;
  if (/^[+-]?Inf$/.test(text)) return text.startsWith('-') ? -Infinity : Infinity;
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : undefined;
}

const saidOf = { pass: 'yes', unknown: 'unknown', fail: 'no' } as const;
const nothing = (what: string, { empty }: ValueLimits): GateAnswer => ({
  said: saidOf[empty],
  reason: `${what} (empty: ${empty})`,
});

function held(value: number, text: string, { max, min }: ValueLimits): GateAnswer {
  const inside = (one: number): boolean => (max === null || one <= max) && (min === null || one >= min);
  const rounded = Number(value.toPrecision(6));
  // Nobody is told that 5 is above 5.
  const shown = Number.isFinite(value) && inside(rounded) === inside(value) ? String(rounded) : text;
  const found = Number.isFinite(value) ? { value } : {};
  if (max !== null && value > max) return { said: 'no', reason: `${shown} is above ${max}`, ...found };
  if (min !== null && value < min) return { said: 'no', reason: `${shown} is below ${min}`, ...found };
  return { said: 'yes', reason: `${shown}, ${allowed({ max, min })}`, ...found };
}

/** `at most 5`, `at least 1`, `1 to 5` */
export const allowed = ({ max, min }: Pick<ValueLimits, 'max' | 'min'>): string =>
  max === null ? `at least ${min}` : min === null ? `at most ${max}` : `${min} to ${max}`;

const record = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
