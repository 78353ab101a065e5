/** The table of what a port answers, and the route of a request in it. Pure. */
import { lookUp } from '../shared/look-up.ts';
import { refusal, type Reply } from './reply.ts';

/** What a route gets. */
export interface ApiCall {
  readonly address: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** What stands in the path for `:name`. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** The JSON of the body; empty for a GET. */
  readonly given: Readonly<Record<string, unknown>>;
}

interface Route<Right extends string, Ports> {
  readonly need: Right;
  run(ports: Ports, call: ApiCall): Promise<Reply> | Reply;
}

/** Path, then method; a part of a path that begins with `:` is any. HEAD is answered like GET. */
export type Routes<Right extends string, Ports> = Readonly<
  Record<string, Readonly<Record<string, Route<Right, Ports>>>>
>;

interface MatchedRoute<Right extends string, Ports> {
  readonly route: Route<Right, Ports>;
  readonly params: Readonly<Record<string, string>>;
}

/** What is answered when there is none says what there is. */
export function routeOf<Right extends string, Ports>(
  routes: Routes<Right, Ports>,
  path: string,
  method: string,
): MatchedRoute<Right, Ports> | Reply {
  const place = placeOf(routes, path);
  if (place === null)
    return refusal(404, 'not-found', 'there is no such page', `pages: ${Object.keys(routes).join(', ')}`);
  const route = lookUp(place.methods, method === 'HEAD' ? 'GET' : method);
  if (route !== undefined) return { route, params: place.params };
  const allow = Object.keys(place.methods).join(', ');
  return refusal(405, 'method', `${method} is not possible here`, `possible: ${allow}`, { allow });
}

/** A path that is written out wins over one with a name in it. */
function placeOf<Right extends string, Ports>(routes: Routes<Right, Ports>, path: string) {
  const written = path.includes(':') ? undefined : lookUp(routes, path);
  if (written !== undefined) return { methods: written, params: {} };
  const parts = path.split('/');
  for (const [pattern, methods] of Object.entries(routes)) {
    const params = pattern.includes('/:') ? paramsIn(pattern.split('/'), parts) : null;
    if (params !== null) return { methods, params };
  }
  return null;
}

/** Null when it is another path. */
function paramsIn(pattern: readonly string[], parts: readonly string[]): Record<string, string> | null {
  if (pattern.length !== parts.length) return null;
  const params: Record<string, string> = {};
  for (const [at, wanted] of pattern.entries()) {
    const part = parts[at] ?? '';
    const value = wanted.startsWith(':') ? decoded(part) : part;
    if (wanted.startsWith(':') ? !value : value !== wanted) return null;
    if (wanted.startsWith(':')) params[wanted.slice(1)] = value ?? '';
  }
  return params;
}

/** Null for what is no text. */
function decoded(part: string): string | null {
  try {
    return decodeURIComponent(part);
  } catch {
    // A lone percent sign, say: nobody has such a name.
    return null;
  }
}
