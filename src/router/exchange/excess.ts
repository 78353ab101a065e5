/** Whether a request is larger than the router takes. Pure; on the path of every request. */
import type { Limits } from '../../config/limits-types.ts';
import type { Target } from './target.ts';

type Refused = Extract<Target, { kind: 'refuse' }>;

/** What is too much of it; null: nothing. `length`: of its body, as it tells; null: it does not. */
export function excessOf(
  url: string,
  rawHeaders: readonly string[],
  length: number | null,
  limits: Limits,
): Refused | null {
  if (url.length > limits.urlBytes) return refused(414, `the target is longer than ${limits.urlBytes} bytes`);
  if (rawHeaders.length > limits.headers * 2) return refused(431, `more than ${limits.headers} headers`);
  if (limits.bodyBytes > 0 && length !== null && length > limits.bodyBytes) return tooLong(limits);
  return null;
}

export const tooLong = ({ bodyBytes }: Limits): Refused =>
  refused(413, `the body is longer than ${bodyBytes} bytes`);

const refused = (status: number, reason: string): Refused => ({ kind: 'refuse', status, reason });
