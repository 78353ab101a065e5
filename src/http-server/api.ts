/** What a request is answered: its host, its route, whose page asks, who may, its body. Everything but HTTP itself. */
import { isObject, jsonIn } from '../record/record.ts';
import type { Access } from './access.ts';
import { hostRefusal, originRefusal, type AllowedHosts } from './origin.ts';
import { refusal, refusedBy, type Reply, type TokenHints } from './reply.ts';
import { routeOf, type Routes } from './routes.ts';

export interface ApiRequest {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers: Readonly<
    Partial<Record<'authorization' | 'host' | 'origin' | 'cookie', string | undefined>>
  >;
  readonly address: string;
  /** Reads the body, at most so many bytes; null when it is longer. */
  body(limit: number): Promise<string | null>;
}

export interface Api<Right extends string, Ports> {
  readonly routes: Routes<Right, Ports>;
  readonly ports: Ports;
  readonly access: Access<Right>;
  readonly hints: TokenHints;
  /** Absent: whatever name it is called by. */
  readonly hosts?: AllowedHosts;
  /** Pages that may ask; absent: nobody looks whose page asks. */
  readonly origins?: readonly string[];
  /** The role of who is known by another way than a token (a session, a proxy's login); null: nobody. */
  readonly identify?: (request: Pick<ApiRequest, 'headers' | 'address'>) => string | null;
  /** What a wrong body is told. */
  readonly example: string;
  readonly now: () => number;
}

const LONGEST_BODY = 64 * 1024;

export async function answerTo<Right extends string, Ports>(
  api: Api<Right, Ports>,
  request: ApiRequest,
): Promise<Reply> {
  const at = request.path.indexOf('?');
  const [path, query] = at < 0 ? [request.path, ''] : [request.path.slice(0, at), request.path.slice(at + 1)];
  const found = routeOf(api.routes, path, request.method);
  if ('status' in found) return misnamed(api, request) ?? found;
  const { route, params } = found;
  const refused = refusalOf(api, route.need, request);
  if (refused !== null) return refused;
  const given = isRead(request.method) ? {} : await bodyIn(request, api.example);
  if (given instanceof Refused) return given.reply;
  const { address, headers } = request;
  return route.run(api.ports, { address, headers, params, query: new URLSearchParams(query), given });
}

/** Why it may not have this right, whatever it asks for then (a handshake, say); null: it may. */
export function refusalOf<Right extends string, Ports>(
  api: Api<Right, Ports>,
  right: Right,
  request: Omit<ApiRequest, 'path' | 'body'>,
): Reply | null {
  const { authorization, origin } = request.headers;
  // Who sends a token means it, and no page of others can.
  const role = authorization === undefined ? (api.identify?.(request) ?? null) : null;
  const page = { origin, writes: !isRead(request.method), byBrowser: role !== null };
  const refused =
    misnamed(api, request) ??
    (api.origins === undefined ? null : originRefusal({ ...page, allowed: api.origins }));
  if (refused !== null) return refused;
  const verdict = api.access.verdict(right, {
    ...{ authorization, role, address: request.address, now: api.now() },
  });
  return verdict === 'yes' ? null : refusedBy(verdict, api.hints);
}

const misnamed = (
  { hosts }: { readonly hosts?: AllowedHosts },
  { headers }: Pick<ApiRequest, 'headers'>,
): Reply | null => (hosts === undefined ? null : hostRefusal(headers.host, hosts));

const isRead = (method: string): boolean => method === 'GET' || method === 'HEAD';

class Refused {
  readonly reply: Reply;
  constructor(reply: Reply) {
    this.reply = reply;
  }
}

async function bodyIn(
  request: Pick<ApiRequest, 'body'>,
  example: string,
): Promise<Readonly<Record<string, unknown>> | Refused> {
  const text = await request.body(LONGEST_BODY);
  if (text === null)
    return new Refused(refusal(413, 'too-long', 'the body is too long', `at most ${LONGEST_BODY} bytes`));
  // Who has nothing to say sends no body.
  if (text.trim() === '') return {};
  const json = jsonIn(text, LONGEST_BODY);
  if (json.ok && isObject(json.value)) return json.value;
  return new Refused(refusal(400, 'json', 'the body is not a JSON object', `for example ${example}`));
}
