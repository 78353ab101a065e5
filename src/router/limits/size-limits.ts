/** Whether a request is larger than the router takes. Pure; on the path of every request. */
import type { Limits } from '../../config/types.ts';
import type { RequestTarget } from '../http/target.ts';

type SizeRefusal = Extract<RequestTarget, { kind: 'refuse' }>;

/** What is too much of it; null: nothing. `length`: of its body, as it tells; null: it does not. */
export function exceededLimitOf(
  url: string,
  rawHeaders: readonly string[],
  length: number | null,
  limits: Limits,
): SizeRefusal | null {
  if (url.length > limits.urlBytes) return refused(414, `the target is longer than ${limits.urlBytes} bytes`);
  if (rawHeaders.length > limits.headers * 2) return refused(431, `more than ${limits.headers} headers`);
  if (limits.bodyBytes > 0 && length !== null && length > limits.bodyBytes) return tooLong(limits);
  return null;
}

export const tooLong = ({ bodyBytes }: Limits): SizeRefusal =>
  refused(413, `the body is longer than ${bodyBytes} bytes`);

const refused = (status: number, reason: string): SizeRefusal => ({ kind: 'refuse', status, reason });
