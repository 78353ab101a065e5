/** Asks one gate once, through the ports. */
import { askedServer } from '../config/fields/choices.ts';
import type {
  CommandGate,
  GateConfig,
  GateRules,
  GateServer,
  PrometheusGate,
  WebhookGate,
} from '../config/types.ts';
import { isCanopyError } from '../errors.ts';
import type { Exec, GetOptions, Http, HttpAnswer, Log } from '../ports/ports.ts';
import { showDuration } from '../shared/text/units.ts';
import type { GateAnswer, GateContext } from './answer.ts';
import { readReply } from './reply.ts';
import { readSample } from './sample.ts';

export interface GatePorts {
  /** Opened when a gate needs it. */
  readonly http: () => Promise<Http>;
  readonly exec: () => Promise<Exec>;
  readonly log: Log;
  /** The text without the secrets in it. */
  readonly masked: (text: string) => string;
  /** The folder of canopy.yml: commands run there. */
  readonly folder: string;
  readonly signal?: AbortSignal;
}

/**
 * Whatever a server or a command does becomes an answer. Null: the signal came first; a command has been ended then, for a
 * server nobody waits.
 */
export function inquire(
  gate: GateConfig,
  context: GateContext,
  ports: GatePorts,
): Promise<GateAnswer | null> {
  if ('command' in gate) return execute(gate, context, ports);
  return beforeSignal('prometheus' in gate ? query(gate, ports) : call(gate, context, ports), ports.signal);
}

/** The address of the instant query; what the base has of a path and of parameters stays. */
export function queryUrl(base: string, text: string): string {
  const url = new URL(base);
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/api/v1/query`;
  url.searchParams.set('query', text);
  return url.href;
}

type AskedGate = Parameters<typeof askedServer>[0] & Pick<GateRules, 'timeoutMs'>;
type PrometheusAsked = AskedGate & Pick<PrometheusGate, 'prometheus' | 'max' | 'min' | 'empty'>;

/** What a query gives now, for a rule that has these limits. Null: that is not known. */
export async function valueNow(
  asked: Omit<PrometheusAsked, 'empty'>,
  http: () => Promise<Http>,
): Promise<{ readonly value: number | null; readonly why: string }> {
  const { said, value, reason } = await query({ ...asked, empty: 'unknown' }, { http });
  if (said !== 'yes' && said !== 'no') return { value: null, why: reason };
  // Without a value it is beyond all numbers, and the reason begins with it.
  return { value: value ?? (reason.startsWith('-') ? -Infinity : Infinity), why: reason };
}

async function query(gate: PrometheusAsked, ports: Pick<GatePorts, 'http'>): Promise<GateAnswer> {
  const http = await ports.http();
  const answer = await http.get(
    queryUrl(gate.prometheus.url, gate.prometheus.query),
    optionsOf(gate, 'read'),
  );
  return unanswered(answer, gate) ?? readSample(answer.status, answer.body, gate);
}

async function call(gate: WebhookGate, context: GateContext, ports: GatePorts): Promise<GateAnswer> {
  const http = await ports.http();
  const body = { gate: gate.name, ...context, startedAt: new Date(context.startedAt).toISOString() };
  // It may do more than answer: a dry run leaves it alone.
  const answer = await http.send('POST', gate.webhook.url, body, optionsOf(gate, 'check'));
  return (
    unanswered(answer, gate) ?? readReply(answer.status, answer.headers['content-type'] ?? '', answer.body)
  );
}

function optionsOf(gate: AskedGate, effect: GetOptions['effect']): GetOptions {
  const authorization = authorizationOf(askedServer(gate));
  const headers = {
    accept: 'application/json',
    ...(authorization === null ? {} : { authorization }),
  };
  return { effect, timeoutMs: gate.timeoutMs, headers };
}

function authorizationOf(server: GateServer | null): string | null {
  if (server?.token) return `Bearer ${server.token.reveal()}`;
  if (server?.login) return `Basic ${Buffer.from(server.login.reveal()).toString('base64')}`;
  return null;
}

/** Null when there is something to read. */
function unanswered(
  { status, body, assumed }: HttpAnswer,
  gate: Pick<GateRules, 'timeoutMs'>,
): GateAnswer | null {
  if (assumed) return dryRun;
  if (status !== 0) return null;
  return {
    said: 'error',
    reason: body === 'timed out' ? `nothing within ${showDuration(gate.timeoutMs)}` : body,
  };
}

const dryRun: GateAnswer = { said: 'yes', reason: 'not asked: this is a dry run' };

/** BSD's EX_TEMPFAIL: try again later. */
const notYet = 75;

async function execute(
  gate: CommandGate,
  context: GateContext,
  ports: GatePorts,
): Promise<GateAnswer | null> {
  let last = '';
  try {
    const { shell } = await ports.exec();
    const { code, assumed } = await shell(gate.command, {
      cwd: ports.folder,
      title: `ask the gate ${gate.name}`,
      effect: 'check',
      env: variables(context),
      timeoutMs: gate.timeoutMs,
      onLine: (line) => {
        ports.log.debug(line, gate.name);
        if (line.trim() !== '') last = line.trim();
      },
      ...(ports.signal ? { signal: ports.signal } : {}),
    });
    if (assumed) return dryRun;
    const reason = last === '' ? `it ended with exit code ${code}` : last;
    return { said: code === 0 ? 'yes' : code === notYet ? 'unknown' : 'no', reason };
  } catch (error) {
    if (!isCanopyError(error)) throw error;
    if (error.code === 'aborted') return null;
    const late = error.code === 'command-timeout';
    return {
      said: 'error',
      reason: late ? `not finished within ${showDuration(gate.timeoutMs)}` : error.message,
    };
  }
}

const variables = (context: GateContext): Readonly<Record<string, string>> => ({
  CANOPY_APP: context.app,
  CANOPY_RELEASE: context.release,
  CANOPY_ENVIRONMENT: context.environment,
  CANOPY_WEIGHT: String(context.weight),
  CANOPY_STEP: String(context.step),
  CANOPY_STARTED_AT: new Date(context.startedAt).toISOString(),
});

async function beforeSignal<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T | null> {
  if (signal === undefined) return work;
  let stop = (): void => undefined;
  const stopped = new Promise<null>((resolve) => {
    stop = () => resolve(null);
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([work, stopped]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
