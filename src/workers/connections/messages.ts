/**
 * What a primary and its workers say to each other. During a reload the two are of different versions: a message of an
 * unknown kind is passed over, and bodies are opaque to the primary. Pure.
 */
import { isCount } from '../../shared/count.ts';

export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

export type ToPrimary =
  /** Wants a listening socket; several workers may have the same one. `dealt`: the primary is to accept, and to deal. */
  | { readonly kind: 'socket'; readonly name: string; readonly place: ListenAddress; readonly dealt: boolean }
  /** Has taken so many of the connections that were dealt to it, and holds so many. */
  | { readonly kind: 'took'; readonly taken: number; readonly holds: number }
  /** From now on it hears what is asked. */
  | { readonly kind: 'joined' }
  /** It serves. `workers`: so many there shall be, by the configuration that it has read. */
  | { readonly kind: 'ready'; readonly workers: number }
  /** For all others. `insist`: whoever does not answer in time is killed, so that an answer means everybody. */
  | {
      readonly kind: 'ask';
      readonly id: number;
      readonly what: string;
      readonly body: unknown;
      readonly insist: boolean;
    }
  | { readonly kind: 'answer'; readonly id: number; readonly body: unknown }
  /** It cannot serve, and ends. */
  | { readonly kind: 'failed'; readonly reason: string }
  /** Its last words. */
  | { readonly kind: 'ended'; readonly body: unknown };

export type ToWorker =
  /** Comes with the handle, or says why there is none. */
  | { readonly kind: 'socket'; readonly name: string; readonly error: string | null }
  /** Comes with the handle of a connection. */
  | { readonly kind: 'connection' }
  | { readonly kind: 'asked'; readonly id: number; readonly what: string; readonly body: unknown }
  | { readonly kind: 'answers'; readonly id: number; readonly answers: readonly WorkerAnswer[] }
  /** It is the one that does what only one may do. */
  | { readonly kind: 'lead' }
  /** No new connection; idle ones are kept for so long, for others take over. */
  | { readonly kind: 'stop'; readonly lingerMs: number };

export interface WorkerAnswer {
  /** The worker's number; 0: what is kept of those that have ended. */
  readonly from: number;
  readonly body: unknown;
}

/** Set for a worker: its number. */
export const WORKER = 'CANOPY_WORKER';

const fromWorker: Readonly<Record<ToPrimary['kind'], (it: Record<string, unknown>) => boolean>> = {
  socket: (it) => typeof it['name'] === 'string' && isPlace(it['place']) && typeof it['dealt'] === 'boolean',
  took: (it) => isCount(it['taken']) && isCount(it['holds']),
  joined: () => true,
  ready: (it) => isCount(it['workers']),
  ask: (it) => isCount(it['id']) && typeof it['what'] === 'string' && typeof it['insist'] === 'boolean',
  answer: (it) => isCount(it['id']),
  failed: (it) => typeof it['reason'] === 'string',
  ended: () => true,
};

/** What a worker has said, or null when it is not understood. */
export function heardByPrimary(message: unknown): ToPrimary | null {
  if (typeof message !== 'object' || message === null) return null;
  const it = message as Record<string, unknown>;
  const kind = String(it['kind']);
  const known = Object.hasOwn(fromWorker, kind) ? fromWorker[kind as ToPrimary['kind']] : undefined;
  return known?.(it) === true ? (it as unknown as ToPrimary) : null;
}

function isPlace(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { host, port } = value as Record<string, unknown>;
  return typeof host === 'string' && isCount(port);
}
