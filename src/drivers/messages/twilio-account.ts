/**
 * Twilio's SDK, as little of it as calls and SMS need, over requests that are sent at most once (ADR 25). Its
 * own HTTP client hides whether anything was written before it failed, and reads its settings from variables.
 */
import domains from 'twilio/lib/base/Domain.js';
import versions from 'twilio/lib/base/Version.js';
import { CallListInstance } from 'twilio/lib/rest/api/v2010/account/call.js';
import { MessageListInstance } from 'twilio/lib/rest/api/v2010/account/message.js';
import type { TwilioConfig } from '../../config/types.ts';
import type { HttpAnswer } from '../../ports/ports.ts';
import { requestOnce, type Requested } from './message-request.ts';

/** Files of CommonJS are met as a module with a default, or as that default: it depends on who loads them. */
const Domain = 'default' in domains ? domains.default : domains;
const Version = 'default' in versions ? versions.default : versions;

/** No answer could be had, or none of 2xx: what is known of it. */
export class NotDone extends Error {
  readonly done: Requested;
  constructor(done: Requested) {
    super(done.is === 'answered' ? saidBy(done.answer) : 'reason' in done.sent ? done.sent.reason : '');
    this.done = done;
  }
}

/** Answers with lists of messages are longer than others. */
const LONGEST = 1_000_000;

interface AskedOfTwilio {
  readonly method: string;
  readonly uri: string;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly data?: Readonly<Record<string, unknown>>;
}

interface TwilioAccount {
  readonly calls: ReturnType<typeof CallListInstance>;
  readonly messages: ReturnType<typeof MessageListInstance>;
  /** How far their clock was ahead of ours in the last answer. */
  readonly aheadMs: () => number;
}

/** For one attempt. */
export function openAccount({ account, token, url }: TwilioConfig, timeoutMs: number): TwilioAccount {
  let aheadMs = 0;
  const login = Buffer.from(`${account}:${token.reveal()}`).toString('base64');
  const request = async ({ method, uri, params, data }: AskedOfTwilio) => {
    const query = params === undefined ? '' : `?${formOf(params)}`;
    const done = await requestOnce(new URL(uri + query), {
      method: method.toUpperCase(),
      headers: {
        accept: 'application/json',
        authorization: `Basic ${login}`,
        'content-type': 'application/x-www-form-urlencoded',
      },
      body: data === undefined ? '' : formOf(data),
      most: LONGEST,
      timeoutMs,
    });
    if (done.is !== 'answered' || done.answer.status < 200 || done.answer.status > 299)
      throw new NotDone(done);
    const { status, headers, body } = done.answer;
    const at = Date.parse(headers['date'] ?? '');
    if (!Number.isNaN(at)) aheadMs = at - Date.now();
    return { statusCode: status, body, headers };
  };
  const domain = new Domain({ request } as never, url);
  // Its calls and messages ask nothing else of it.
  const version = new Version(domain, '2010-04-01') as Parameters<typeof CallListInstance>[0];
  return {
    calls: CallListInstance(version, account),
    messages: MessageListInstance(version, account),
    aheadMs: () => aheadMs,
  };
}

function formOf(fields: Readonly<Record<string, unknown>>): string {
  const form = new URLSearchParams();
  for (const [name, value] of Object.entries(fields))
    for (const one of [value].flat()) form.append(name, String(one));
  return form.toString();
}

/** What Twilio says of an error, with its number. */
function saidBy({ status, body }: HttpAnswer): string {
  try {
    const { message, code } = JSON.parse(body) as { message?: unknown; code?: unknown };
    if (typeof message === 'string') return `${message} (${String(code ?? status)})`;
  } catch {
    return `it answered ${status}`;
  }
  return `it answered ${status}`;
}
