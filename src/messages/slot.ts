/**
 * The one open delivery by a means to an address, as it stands in the store. Names, times and a hash alone: what is said and
 * where it goes is taken from canopy.yml and the incident when it is sent, so that a forged one sends nothing. Pure.
 */
import { createHash } from 'node:crypto';
import { count, exactLine, like, line, nullable, object, oneOf, ruled, time } from '../record/fields.ts';
import { defineRecord } from '../record/record.ts';
import { openMessage } from '../store-keys.operate.ts';

export interface DeliveryOutcome {
  readonly is: 'accepted' | 'delivered' | 'answered' | 'failed' | 'uncertain';
  readonly providerId: string | null;
  /** Why it has failed, or is uncertain. */
  readonly why: string | null;
  readonly at: number;
}

export interface OpenDelivery {
  readonly id: string;
  /** As it stands in the message. */
  readonly visible: string;
  /** Of the people of canopy.yml; of a webhook its own name. */
  readonly person: string;
  /** `call`, `sms`, `mail`, or the name of a webhook. */
  readonly by: string;
  readonly level: number;
  readonly incident: string | null;
  /** The sha256 of the address. */
  readonly address: string;
  /** When it was first about to be sent: nothing older is it. */
  readonly since: number;
  readonly writtenAt: number;
  /** Whoever wrote this sends it before that time, by its own clock, or not at all; the request ends `timeoutMs` later. */
  readonly sendBy: number;
  readonly timeoutMs: number;
  /** How often it was about to be sent. */
  readonly tries: number;
  /** Surely not sent, and to be tried again so long after this was written. */
  readonly waiting: { readonly afterMs: number; readonly why: string } | null;
  /** Null without `waiting`: it may have been sent. */
  readonly outcome: DeliveryOutcome | null;
}

const name = exactLine(200);
const why = line(300);
/** No times of ours take longer, and nobody waits longer for one that is forged. */
const LONGEST_MS = 900_000;

export const openDelivery = defineRecord<OpenDelivery>({
  name: 'an open delivery',
  version: ['version', 1],
  longest: 10_000,
  schema: ruled(
    object({
      id: exactLine(400),
      visible: name,
      person: name,
      by: name,
      level: count,
      incident: nullable(name),
      address: like(/^[0-9a-f]{64}$/, 'is no hash'),
      since: time,
      writtenAt: time,
      sendBy: time,
      timeoutMs: count,
      tries: count,
      waiting: nullable(object({ afterMs: count, why })),
      outcome: nullable(
        object({
          is: oneOf(['accepted', 'delivered', 'answered', 'failed', 'uncertain']),
          providerId: nullable(line(200)),
          why: nullable(why),
          at: time,
        }),
      ),
    }),
    ({ writtenAt, sendBy, timeoutMs, waiting }) =>
      sendBy < writtenAt || sendBy - writtenAt + timeoutMs + (waiting?.afterMs ?? 0) > LONGEST_MS
        ? 'has times that fit nothing'
        : null,
  ),
});

export const addressHash = (to: string): string => createHash('sha256').update(to).digest('hex');

export const slotKey = (app: string, { by, address }: Pick<OpenDelivery, 'by' | 'address'>): string =>
  openMessage(app, by, address.slice(0, 16));

/** Whether the one was written later than the other, of the same delivery. */
export const isFurther = (one: OpenDelivery, other: OpenDelivery): boolean =>
  one.tries > other.tries || (one.tries === other.tries && stage(one) > stage(other));

const stage = ({ waiting, outcome }: OpenDelivery): number => (outcome ? 2 : waiting ? 1 : 0);
