/**
 * What Twilio demands of a request: of its OpenAPI document (github.com/twilio/twilio-oai, spec/json/twilio_api_v2010.json, release of
 * April 2026) the parameters of `createCall`, `createMessage`, `listCall` and `listMessage`, and from the texts beside them the limits.
 */
type Demand = RegExp | 'url' | 'text';

interface Demands {
  readonly needed: readonly string[];
  /** A parameter that is not among them is a mistake. */
  readonly known: Readonly<Record<string, Demand>>;
  /** One of each group has to be there. */
  readonly oneOf: readonly (readonly string[])[];
}

const number = /^\+[1-9]\d{1,14}$/;
const whole = /^\d+$/;
const flag = /^(true|false)$/;
const method = /^(GET|POST)$/;
const date = /^\d{4}-\d{2}-\d{2}/;
const paging = { PageSize: /^([1-9]\d{0,2}|1000)$/, Page: whole, PageToken: 'text' } as const;

export const accountSid = /^AC[0-9a-fA-F]{32}$/;

export const demands = {
  call: {
    needed: ['To', 'From'],
    oneOf: [['Url', 'Twiml', 'ApplicationSid']],
    known: {
      ...{ To: number, From: number, Url: 'url', Twiml: 'text', ApplicationSid: /^AP[0-9a-fA-F]{32}$/ },
      ...{ Method: method, FallbackUrl: 'url', FallbackMethod: method },
      ...{ StatusCallback: 'url', StatusCallbackMethod: method },
      StatusCallbackEvent: /^(initiated|ringing|answered|completed)$/,
      ...{ SendDigits: /^[0-9A-D#*wW]{1,32}$/, Timeout: whole, TimeLimit: whole, Record: flag },
      ...{ MachineDetection: /^(Enable|DetectMessageEnd)$/, CallerId: 'text', CallReason: 'text' },
    },
  },
  message: {
    needed: ['To'],
    oneOf: [
      ['From', 'MessagingServiceSid'],
      ['Body', 'MediaUrl', 'ContentSid'],
    ],
    known: {
      ...{ To: number, From: number, MessagingServiceSid: /^MG[0-9a-fA-F]{32}$/, Body: 'text' },
      ...{ StatusCallback: 'url', ValidityPeriod: whole, SmartEncoded: flag, MediaUrl: 'url' },
      ...{ ContentSid: /^HX[0-9a-fA-F]{32}$/, ForceDelivery: flag, ProvideFeedback: flag },
    },
  },
  callList: {
    needed: [],
    oneOf: [],
    known: {
      ...{ To: number, From: number, ParentCallSid: /^CA[0-9a-fA-F]{32}$/, ...paging },
      Status: /^(queued|ringing|in-progress|completed|busy|failed|no-answer|canceled)$/,
      ...{ StartTime: date, 'StartTime<': date, 'StartTime>': date },
      ...{ EndTime: date, 'EndTime<': date, 'EndTime>': date },
    },
  },
  messageList: {
    needed: [],
    oneOf: [],
    known: { To: number, From: number, DateSent: date, 'DateSent<': date, 'DateSent>': date, ...paging },
  },
} as const satisfies Readonly<Record<string, Demands>>;

/** Longest texts, by their parameter; with the number of the error. */
const longest: Readonly<Record<string, { readonly most: number; readonly code: number }>> = {
  Twiml: { most: 4000, code: 21624 },
  Body: { most: 1600, code: 21617 },
};

export interface Wrong {
  readonly code: number;
  readonly message: string;
}

/** What is wrong with a request; null: nothing. */
export function wrongIn(of: keyof typeof demands, params: URLSearchParams): Wrong | null {
  const { needed, oneOf, known }: Demands = demands[of];
  for (const name of needed) if (!params.has(name)) return { code: 21604, message: `${name} is missing` };
  for (const group of oneOf)
    if (!group.some((name) => params.has(name)))
      return { code: 21205, message: `one of ${group.join(', ')} is missing` };
  for (const [name, value] of params) {
    const demand = known[name];
    if (demand === undefined) return { code: 20001, message: `Unknown parameter ${name}` };
    const { most, code } = longest[name] ?? { most: Infinity, code: 0 };
    if (value.length > most) return { code, message: `${name} is longer than ${most}` };
    if (demand === 'url' ? !URL.canParse(value) : demand instanceof RegExp && !demand.test(value))
      return { code: name === 'To' ? 21211 : 21401, message: `Invalid '${name}': ${value.slice(0, 100)}` };
  }
  return null;
}
