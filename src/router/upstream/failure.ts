/** Why a request got no answer from an instance, and what that says of it. Pure. */
import { NO_HTTP } from '../../shared/http/answer-head.ts';

export { codeOf } from '../../shared/system/error-code.ts';

export type FailureKind =
  /** No connection has taken it: not a byte has left. */
  | 'unsent'
  /** Its connection ended before the first byte of an answer. */
  | 'unanswered'
  /** Its connection ended within the answer. */
  | 'torn'
  /** What came is no answer that can be passed on. */
  | 'refused'
  /** Nothing came in time. */
  | 'late';

export interface Failure {
  readonly kind: FailureKind;
  /** Of the system's error; empty: there was none. */
  readonly code: string;
  /** What is wrong with an answer that was refused. */
  readonly reason: string;
}

export const LATE: Failure = { kind: 'late', code: '', reason: '' };

type Blame =
  /** Nobody is there: it is taken out at once, and checks bring it back. */
  | 'gone'
  /** It did not do its part: the circuit counts that. */
  | 'failed'
  /** It has answered, and that does not help anybody: it counts as an error of it, and it is there. */
  | 'answered'
  /** It is ours. */
  | 'none';

/** What speaks no HTTP at all has not answered. */
export function blameOf({ kind, code, reason }: Failure): Blame {
  if (kind === 'refused') return reason === NO_HTTP ? 'failed' : 'answered';
  if (kind !== 'unsent') return 'failed';
  if (isGone(code)) return 'gone';
  return code === 'ETIMEDOUT' ? 'failed' : 'none';
}

/**
 * Whether an error of connecting says that nobody is there. Lack of our own sockets says nothing of it; a connection that is
 * not made in time may also mean that it is too busy, which is the circuit's (pick/circuit.ts).
 */
const isGone = (code: string): boolean => gone.has(code);

const gone = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'EHOSTDOWN',
  'ENETUNREACH',
  'ENOTFOUND',
  'EPIPE',
]);

/** What the client is told when no instance has answered. */
export function answerFor({ kind, reason }: Failure): { readonly status: number; readonly reason: string } {
  if (kind === 'late') return { status: 504, reason: 'the instance did not answer in time' };
  if (kind === 'refused' && reason !== NO_HTTP)
    return { status: 502, reason: `the answer of the instance cannot be passed on: ${reason}` };
  return { status: 502, reason: 'the instance did not answer' };
}
