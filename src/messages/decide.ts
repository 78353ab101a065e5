/** What becomes of a delivery: when it is sent again, looked up or given up. One policy for all providers. Pure. */
import type { Found, Sent } from '../ports/ports.ts';
import type { DeliveryOutcome, OpenDelivery } from './slot.ts';

/** So often a message is sent that the provider has surely not taken: two minutes in all. */
export const MOST_TRIES = 8;
/** So often one that may have been sent goes again where nobody can look it up, and readers drop or know the double. */
const MOST_BLIND = 3;
/** So often a provider that does not tell is asked: eight minutes in all. */
const MOST_LOOKS = 13;
/** A provider that wants to wait longer does not carry it: another way may. */
const LONGEST_WAIT_MS = 300_000;
/** Whoever has not come back to its delivery after so long does not come any more. */
export const ABANDONED_MS = 60_000;

/** 1 s, 2 s, 4 s … a minute. */
export const backoffMs = (tries: number): number => Math.min(1000 * 2 ** Math.max(0, tries - 1), 60_000);

/** So long after it was written nobody sends it any more. */
export const windowMs = ({ writtenAt, sendBy, timeoutMs }: OpenDelivery): number =>
  sendBy - writtenAt + timeoutMs;

type DeliveryStep = 'done' | 'wait' | 'send' | 'look';

/**
 * What is to be done now with a delivery that has stood so for `seenMs`, by the clock of whoever looks: the clocks of two
 * machines may be hours apart. What may have been sent is not sent again before somebody has looked, unless the provider
 * knows its id.
 */
export function nextStep(slot: OpenDelivery, seenMs: number, idempotent: boolean): DeliveryStep {
  if (slot.outcome !== null) return 'done';
  if (slot.waiting !== null) return seenMs < slot.waiting.afterMs ? 'wait' : 'send';
  if (seenMs < windowMs(slot)) return 'wait';
  return idempotent ? 'send' : 'look';
}

type DeliveryEnd = Omit<DeliveryOutcome, 'at'>;
type SentChange =
  | { readonly outcome: DeliveryEnd }
  | { readonly waiting: NonNullable<OpenDelivery['waiting']> }
  /** It stays as it is: it may have been sent. */
  | { readonly uncertain: string };

export function afterSent(sent: Sent, tries: number): SentChange {
  switch (sent.is) {
    case 'accepted':
      return { outcome: { is: 'accepted', providerId: sent.providerId, why: null } };
    case 'refused':
      return { outcome: failed(sent.reason) };
    case 'uncertain':
      return { uncertain: sent.reason };
    case 'later': {
      const afterMs = Math.max(sent.afterMs ?? 0, backoffMs(tries));
      if (afterMs > LONGEST_WAIT_MS)
        return { outcome: failed(`${sent.reason}; to be tried in ${Math.ceil(afterMs / 60_000)} min`) };
      if (tries >= MOST_TRIES) return { outcome: failed(`${sent.reason} (tried ${tries} times)`) };
      return { waiting: { afterMs, why: sent.reason } };
    }
  }
}

type AfterLook =
  | { readonly outcome: DeliveryEnd }
  /** Surely not sent: it may go. */
  | 'absent'
  /** Nobody can tell, and a double does no harm. */
  | 'again'
  | { readonly lookInMs: number };

/**
 * A mail goes again with the same Message-ID, of which most servers show one; a webhook bears the id. A call and an SMS never
 * go again before they were looked up.
 */
export function afterFound(found: Found, { by, tries }: OpenDelivery, looks: number): AfterLook {
  switch (found.is) {
    case 'sent':
      return { outcome: { is: found.outcome, providerId: found.providerId, why: null } };
    case 'absent':
      return tries >= MOST_TRIES
        ? { outcome: failed(`the provider has not taken it (tried ${tries} times)`) }
        : 'absent';
    case 'unknown': {
      const voice = by === 'call' || by === 'sms';
      if (!voice && tries < MOST_BLIND) return 'again';
      if (voice && looks < MOST_LOOKS) return { lookInMs: backoffMs(looks) };
      return { outcome: uncertain(found.reason) };
    }
  }
}

export const failed = (why: string): DeliveryEnd => ({ is: 'failed', providerId: null, why });
export const uncertain = (why: string): DeliveryEnd => ({ is: 'uncertain', providerId: null, why });
