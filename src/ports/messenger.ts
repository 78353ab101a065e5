/** The port of whoever carries messages to people: a provider of calls and SMS, a mail server, a webhook; part of ports.ts. */

export interface OutgoingMessage {
  /** Ours, of this one delivery, never given twice; it stands in a mail's Message-ID. */
  readonly id: string;
  /** Its short form for people: stands in the body as a word of its own, and an SMS is found by it. */
  readonly visible: string;
  /** Phone number, mail address, or the webhook's name. */
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html?: string;
  /** The thread of mails; null: it belongs to no incident. */
  readonly incident: string | null;
  /** A call asks for a key: 1 acknowledges, 2 resolves, 3 silences. */
  readonly keys?: boolean;
}

/** What a message is found by. */
export interface MessageTrace extends Pick<OutgoingMessage, 'id' | 'visible' | 'to'> {
  readonly notBefore: number;
}

export type Sent =
  | { readonly is: 'accepted'; readonly providerId: string }
  /** Never this way. */
  | { readonly is: 'refused'; readonly reason: string }
  /** Surely not sent: too many requests, a refused connection, no address found for the name. */
  | { readonly is: 'later'; readonly reason: string; readonly afterMs: number | null }
  /** It may have been sent. */
  | { readonly is: 'uncertain'; readonly reason: string };

export type Found =
  | {
      readonly is: 'sent';
      readonly providerId: string;
      readonly outcome: 'accepted' | 'delivered' | 'answered' | 'failed';
    }
  | { readonly is: 'absent' }
  | { readonly is: 'unknown'; readonly reason: string };

interface SendLimit {
  readonly timeoutMs: number;
  /**
   * Nothing is written to the provider at that time or later: looked at once more when the connection stands, in the turn in
   * which the request is written. A process that was stopped meanwhile would send what another one has looked up and sent.
   */
  readonly sendBy?: number;
}

export interface Messenger {
  /** The provider itself sends a message of one id only once, however often it is asked. */
  readonly idempotent: boolean;
  send(message: OutgoingMessage, limit: SendLimit): Promise<Sent>;
  /** What has become of a message that was sent at `notBefore` or later. */
  find(message: MessageTrace): Promise<Found>;
}
