/** What an error of a request says about the instance. Pure. */
import { isGone } from './health.ts';

/** How far a request has come. */
export type Phase =
  /** No connection has taken the request yet: not a byte has left. */
  | 'waiting'
  /** The request is being sent. */
  | 'sent'
  /** A byte of the answer has come. */
  | 'started'
  /** The head has gone to the client. */
  | 'head'
  | 'over';

export type Fault =
  /** Nobody is there: it is taken out at once, and checks bring it back. */
  | 'gone'
  /** It did not do its part: the circuit counts that. */
  | 'failed'
  /** It is the request's, or ours. */
  | 'none';

/** `isSent`: whether a connection had taken the request. */
export function faultOf(code: string, isSent: boolean): Fault {
  if (isUnfit(code) || ours.has(code)) return 'none';
  if (isSent) return 'failed';
  if (isGone(code)) return 'gone';
  return tooBusy.has(code) ? 'failed' : 'none';
}

/** Whether the request is one that no instance could be sent. */
export const isUnfit = (code: string): boolean =>
  code.startsWith('UND_ERR_INVALID') || code === 'UND_ERR_NOT_SUPPORTED';

/** A connection that is not made in time: it may be dead, or have more to do than it can. */
const tooBusy = new Set(['ETIMEDOUT', 'UND_ERR_CONNECT_TIMEOUT']);
const ours = new Set(['UND_ERR_DESTROYED', 'UND_ERR_CLOSED', 'UND_ERR_ABORTED', 'EMFILE', 'ENFILE']);

/**
 * Whether the same request may be given to another instance: when nothing was sent, or when a safe one without a body died
 * before the first byte of an answer.
 */
export function mayRepeat(code: string, phase: Phase, isPlain: boolean): boolean {
  if (phase === 'waiting') return !isUnfit(code);
  return phase === 'sent' && isPlain && code !== 'UND_ERR_HEADERS_TIMEOUT';
}

/** What the client is told when no instance has answered. */
export function toldFor(code: string): { readonly status: number; readonly reason: string } {
  if (isUnfit(code)) return { status: 400, reason: 'the request cannot be passed on' };
  if (code === 'UND_ERR_HEADERS_TIMEOUT')
    return { status: 504, reason: 'the instance did not answer in time' };
  return { status: 502, reason: 'the instance did not answer' };
}

export function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : '';
}
