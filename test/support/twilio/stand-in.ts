/**
 * A Twilio for tests and the demo: takes calls and SMS as the real one does, refuses what it would refuse, keeps them, and lets them be
 * answered. It can fail the way a provider fails: before it has taken something, or after.
 */
import { createHmac, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { text as readText } from 'node:stream/consumers';
import { accountSid, wrongIn, type Wrong } from './demands.ts';
import { gatherIn, wrongTwiml } from './spoken.ts';

/** What becomes of a request that creates something. */
export type TwilioMode =
  | 'accept'
  /** Taken, and then nobody hears of it. */
  | 'accept-and-reset'
  | 'accept-and-hang'
  | 'accept-and-500'
  | 'accept-and-garbage'
  /** Not taken. */
  | 'reset'
  | 'hang'
  | '429'
  | '500'
  /** Every number is one that cannot be reached. */
  | 'refuse';

type TwilioList = 'Calls' | 'Messages';

interface Taken {
  readonly sid: string;
  readonly to: string;
  readonly from: string;
  readonly params: URLSearchParams;
  readonly at: number;
  direction: 'outbound-api' | 'inbound';
  status: string;
}
export type StandInCall = Taken;
export type StandInSms = Taken;

export interface TwilioStandIn {
  readonly url: string;
  readonly account: string;
  readonly token: string;
  /** Newest last. */
  readonly calls: readonly StandInCall[];
  /** Those to people and those from people, newest last. */
  readonly sms: readonly StandInSms[];
  /** Requests that the real one would have refused, with the reason. */
  readonly wrong: readonly string[];
  /** For each of the next requests that create something; the last one stays. */
  mode(...modes: readonly TwilioMode[]): void;
  /** Numbers that cannot be reached. */
  readonly refused: Set<string>;
  /** Their clock, ahead of ours by so much. */
  aheadMs: number;
  /** Somebody lifts the receiver and presses a key; what our answer says then. Throws when the call asks for none. */
  press(call: StandInCall, digit: string): Promise<{ readonly status: number; readonly body: string }>;
  /** Somebody sends an SMS to our number; `url`: where the number sends what it gets. */
  reply(from: string, to: string, text: string, url?: string): Promise<number | null>;
  close(): Promise<void>;
}

export async function startTwilio(port = 0): Promise<TwilioStandIn> {
  const account = `AC${randomBytes(16).toString('hex')}`;
  const token = randomBytes(16).toString('hex');
  const calls: StandInCall[] = [];
  const sms: StandInSms[] = [];
  const wrong: string[] = [];
  let modes: TwilioMode[] = ['accept'];
  const hanging = new Set<Socket>();

  const standIn = {
    ...{ account, token, calls, sms, wrong, aheadMs: 0, refused: new Set<string>() },
    mode: (...next: readonly TwilioMode[]) => void (modes = [...next]),
    press: (call: StandInCall, digit: string) => press(call, digit),
    reply: (from: string, to: string, text: string, url?: string) => reply(from, to, text, url),
  };

  const take = (kind: TwilioList, params: URLSearchParams, direction: Taken['direction']): Taken => {
    const taken: Taken = {
      sid: (kind === 'Calls' ? 'CA' : 'SM') + randomBytes(16).toString('hex'),
      to: params.get('To') ?? '',
      from: params.get('From') ?? '',
      ...{ params, direction, status: direction === 'inbound' ? 'received' : 'queued' },
      at: Date.now() + standIn.aheadMs,
    };
    (kind === 'Calls' ? calls : sms).push(taken);
    return taken;
  };

  const create = (kind: TwilioList, params: URLSearchParams, response: ServerResponse): void => {
    const mode = (modes.length > 1 ? modes.shift() : modes[0]) ?? 'accept';
    const socket = response.socket;
    if (mode === 'reset') return void socket?.resetAndDestroy();
    if (mode === 'hang') return void (socket && hanging.add(socket));
    if (mode === '429')
      return deny(response, 429, { code: 20429, message: 'Too Many Requests' }, { 'retry-after': '2' });
    if (mode === '500') return deny(response, 500, { code: 20500, message: 'Internal Server Error' });
    const fault = wrongIn(kind === 'Calls' ? 'call' : 'message', params) ?? wrongTwiml(params.get('Twiml'));
    if (fault !== null) wrong.push(`${kind}: ${fault.message}`);
    const unreached = mode === 'refuse' || standIn.refused.has(params.get('To') ?? '');
    const refusal = fault ?? (unreached ? { code: 21211, message: "Invalid 'To' Phone Number" } : null);
    if (refusal !== null) return deny(response, 400, refusal);
    const taken = take(kind, params, 'outbound-api');
    if (mode === 'accept-and-reset') return void socket?.resetAndDestroy();
    if (mode === 'accept-and-hang') return void (socket && hanging.add(socket));
    if (mode === 'accept-and-500')
      return deny(response, 500, { code: 20500, message: 'Internal Server Error' });
    if (mode === 'accept-and-garbage') return void response.writeHead(201).end('<html>');
    answer(response, 201, shown(taken, account));
  };

  const list = (kind: TwilioList, params: URLSearchParams, response: ServerResponse): void => {
    const fault = wrongIn(kind === 'Calls' ? 'callList' : 'messageList', params);
    if (fault !== null) {
      wrong.push(`list of ${kind}: ${fault.message}`);
      return deny(response, 400, fault);
    }
    const matches = (one: Taken): boolean =>
      ['To', 'From'].every(
        (name) => !params.has(name) || params.get(name) === (name === 'To' ? one.to : one.from),
      );
    const size = Number(params.get('PageSize') ?? 50);
    const items = (kind === 'Calls' ? calls : sms).filter(matches).toReversed().slice(0, size);
    answer(response, 200, {
      [kind.toLowerCase()]: items.map((one) => shown(one, account)),
      ...{
        page: 0,
        page_size: size,
        next_page_uri: null,
        uri: `/2010-04-01/Accounts/${account}/${kind}.json`,
      },
    });
  };

  const server = createServer((request, response) => {
    response.setHeader('date', new Date(Date.now() + standIn.aheadMs).toUTCString());
    void serve(request, response);
  });
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://twilio');
    const [, sid = '', kind, one] =
      /^\/2010-04-01\/Accounts\/([^/]+)\/(Calls|Messages)(?:\/([^/]+))?\.json$/.exec(pathname) ?? [];
    const body = await readText(request);
    if (kind === undefined || !accountSid.test(sid))
      return deny(response, 404, { code: 20404, message: 'not found' });
    const login = `Basic ${Buffer.from(`${account}:${token}`).toString('base64')}`;
    if (request.headers.authorization !== login || sid !== account)
      return deny(response, 401, { code: 20003, message: 'Authenticate' });
    const page = kind as TwilioList;
    if (request.method === 'POST' && one === undefined)
      return create(page, new URLSearchParams(body), response);
    if (request.method !== 'GET') return deny(response, 405, { code: 20004, message: 'Method not allowed' });
    if (one === undefined) return list(page, searchParams, response);
    const found = [...calls, ...sms].find((taken) => taken.sid === one);
    if (found === undefined) return deny(response, 404, { code: 20404, message: 'not found' });
    answer(response, 200, shown(found, account));
  };

  const signed = async (url: string, params: Record<string, string>) => {
    const text = Object.keys(params)
      .sort()
      .reduce((sum, name) => sum + name + String(params[name]), url);
    const signature = createHmac('sha1', token).update(text).digest('base64');
    const heard = await fetch(url, {
      method: 'POST',
      headers: { 'x-twilio-signature': signature },
      body: new URLSearchParams(params),
      redirect: 'manual',
    });
    return { status: heard.status, body: await heard.text() };
  };

  const press: TwilioStandIn['press'] = async (call, digit) => {
    const action = gatherIn(call.params.get('Twiml') ?? '');
    if (action === null) throw new Error('the call asks for no key');
    call.status = 'in-progress';
    const { sid, to, from } = call;
    const heard = await signed(action, {
      ...{ AccountSid: account, ApiVersion: '2010-04-01', CallSid: sid, CallStatus: 'in-progress' },
      ...{ To: to, From: from, Direction: 'outbound-api', Digits: digit, msg: 'Gather End' },
    });
    call.status = 'completed';
    return heard;
  };

  const reply: TwilioStandIn['reply'] = async (from, to, text, url) => {
    const { sid } = take('Messages', new URLSearchParams({ From: from, To: to, Body: text }), 'inbound');
    if (url === undefined) return null;
    const own = { AccountSid: account, ApiVersion: '2010-04-01', MessageSid: sid, SmsSid: sid };
    return (await signed(url, { ...own, From: from, To: to, Body: text, NumMedia: '0', NumSegments: '1' }))
      .status;
  };

  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return Object.assign(standIn, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      for (const socket of hanging) socket.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}

function answer(
  response: ServerResponse,
  status: number,
  value: object,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(value));
}

const deny = (response: ServerResponse, status: number, { code, message }: Wrong, headers = {}): void =>
  answer(
    response,
    status,
    { code, message, more_info: `https://www.twilio.com/docs/errors/${code}`, status },
    headers,
  );

/** As the real one shows it: times have seconds, what was not dialled has no start, and of a call nobody learns what it says. */
function shown({ sid, to, from, status, at, direction, params }: Taken, account: string): object {
  const created = new Date(at).toUTCString().replace('GMT', '+0000');
  const common = {
    sid,
    account_sid: account,
    to,
    from,
    status,
    date_created: created,
    date_updated: created,
  };
  return sid.startsWith('CA')
    ? { ...common, direction, start_time: null, end_time: null, duration: null, answered_by: null }
    : {
        ...common,
        direction,
        body: params.get('Body') ?? '',
        date_sent: null,
        num_segments: '1',
        error_code: null,
      };
}
