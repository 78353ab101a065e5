/** Calls and SMS by Twilio, who knows no id of ours: what may have been sent is looked for in the lists of calls and messages. */
import { validateRequest } from 'twilio/lib/webhooks/webhooks.js';
import type { TwilioConfig } from '../../config/types.ts';
import type { Found, Messenger, OutgoingMessage, Sent, MessageTrace } from '../../ports/ports.ts';
import { retryAfterMs } from './message-request.ts';
import { NotDone, openAccount } from './twilio-account.ts';
import { instructions } from './voice.ts';

/** For a look at a list. */
const LOOK_MS = 15_000;
/** Their times have whole seconds. */
const SECOND_MS = 1000;
/** Newest first: what was sent to one number since an intent stands among so many. */
const newest = { limit: 50, pageSize: 50 };

export const openCalls = (config: TwilioConfig): Messenger => ({
  idempotent: false,
  send: (message, { timeoutMs }) =>
    attempt(() => {
      const asksForKey = message.keys === true && config.callback !== null;
      return openAccount(config, timeoutMs).calls.create({
        to: message.to,
        from: config.from,
        twiml: instructions(message.text, asksForKey ? heardAt('gather', config, message) : null),
        ...hearing(config, message),
      });
    }),
  find: (sought) =>
    search(async () => {
      const { calls, aheadMs } = openAccount(config, LOOK_MS);
      const list = await calls.list({ to: sought.to, from: config.from, ...newest });
      const found = list.find((one) => isOurs(one, sought, aheadMs()));
      return found && { sid: found.sid, outcome: callOutcomes[found.status] };
    }),
});

export const openSms = (config: TwilioConfig): Messenger => ({
  idempotent: false,
  send: (message, { timeoutMs }) =>
    attempt(() =>
      openAccount(config, timeoutMs).messages.create({
        to: message.to,
        from: config.from,
        body: message.text,
        ...hearing(config, message),
      }),
    ),
  find: (sought) =>
    search(async () => {
      const { messages, aheadMs } = openAccount(config, LOOK_MS);
      const list = await messages.list({ to: sought.to, from: config.from, ...newest });
      const found = list.find((one) => isOurs(one, sought, aheadMs()) && bears(one.body, sought.visible));
      return found && { sid: found.sid, outcome: smsOutcomes[found.status] };
    }),
});

/** An SMS that somebody has sent to our number. */
interface SmsReply {
  readonly id: string;
  readonly text: string;
  /** When it reached Twilio, by their clock. */
  readonly at: number;
}

/** What came from a number to ours, newest first. Throws when it cannot be asked for. */
export async function repliesFrom(config: TwilioConfig, number: string): Promise<SmsReply[]> {
  const list = await openAccount(config, LOOK_MS).messages.list({ to: config.from, from: number, ...newest });
  return list.map(({ sid, body, dateCreated }) => ({ id: sid, text: body, at: dateCreated.getTime() }));
}

/** Whether Twilio itself has made this request to `url`, the one that it was given. */
export const isSigned = (
  { token }: TwilioConfig,
  signature: string,
  url: string,
  params: Readonly<Record<string, string>>,
): boolean => validateRequest(token.reveal(), signature, url, { ...params });

/** Where the watch hears what becomes of a message. */
const heardAt = (what: string, { callback }: TwilioConfig, { id, incident }: OutgoingMessage): string =>
  `${callback ?? ''}/twilio/${what}?${new URLSearchParams({ incident: incident ?? '', message: id })}`;

const hearing = (config: TwilioConfig, message: OutgoingMessage): { statusCallback?: string } =>
  config.callback === null ? {} : { statusCallback: heardAt('status', config, message) };

async function attempt(create: () => Promise<{ readonly sid: string }>): Promise<Sent> {
  try {
    const { sid } = await create();
    return sid
      ? { is: 'accepted', providerId: sid }
      : { is: 'uncertain', reason: 'it was accepted without an id' };
  } catch (error) {
    // What stands in an answer of 2xx cannot be read: it has been taken.
    if (!(error instanceof NotDone)) return { is: 'uncertain', reason: 'its answer cannot be read' };
    const { done, message: reason } = error;
    if (done.is === 'unanswered') return done.sent;
    const { status, headers } = done.answer;
    if (status === 429)
      return { is: 'later', reason, afterMs: retryAfterMs(headers['retry-after'], Date.now()) };
    // An error of theirs may come after the call was made.
    return { is: status >= 500 ? 'uncertain' : 'refused', reason };
  }
}

type FoundOutcome = Extract<Found, { readonly is: 'sent' }>['outcome'];

async function search(
  find: () => Promise<{ readonly sid: string; readonly outcome: FoundOutcome | undefined } | undefined>,
): Promise<Found> {
  try {
    const found = await find();
    return found === undefined
      ? { is: 'absent' }
      : { is: 'sent', providerId: found.sid, outcome: found.outcome ?? 'accepted' };
  } catch (error) {
    return {
      is: 'unknown',
      reason: error instanceof NotDone ? error.message : 'its answer cannot be read',
    };
  }
}

function isOurs(
  { dateCreated }: { readonly dateCreated: Date },
  { notBefore }: MessageTrace,
  aheadMs: number,
): boolean {
  return dateCreated.getTime() >= notBefore + aheadMs - SECOND_MS;
}

/** As a whole word: `i-abcdefgh.2` is not `i-abcdefgh.2.1`. */
function bears(body: string, visible: string): boolean {
  const word = visible.replace(/[^\w]/g, '\\$&');
  return new RegExp(`(?<![\\w.-])${word}(?![\\w-]|\\.\\w)`).test(body);
}

/** Somebody, or a machine, has lifted the receiver; whether they have heard it nobody knows. */
const callOutcomes: Readonly<Record<string, FoundOutcome>> = {
  'in-progress': 'answered',
  completed: 'answered',
  busy: 'failed',
  failed: 'failed',
  'no-answer': 'failed',
  canceled: 'failed',
};
const smsOutcomes: Readonly<Record<string, FoundOutcome>> = {
  delivered: 'delivered',
  read: 'delivered',
  failed: 'failed',
  undelivered: 'failed',
  canceled: 'failed',
};
