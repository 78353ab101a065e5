import { Agent, request, type IncomingHttpHeaders } from 'node:http';

export interface Visitor {
  /** The cookies it keeps, by name, as a browser would. */
  readonly cookies: Map<string, string>;
  /** The instances that answered it, one after the other. */
  readonly met: string[];
}

export interface Visits {
  readonly answers: number;
  /** Answers that were no 200, and requests without an answer. */
  readonly lost: number;
  readonly by: Readonly<Record<string, number>>;
}

export interface VisitOptions {
  readonly port: number;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Requests of each visitor. */
  readonly times?: number;
  /** Visitors that are on their way at once. */
  readonly atOnce?: number;
  readonly signal?: AbortSignal;
}

export const visitor = (): Visitor => ({ cookies: new Map<string, string>(), met: [] });
export const visitors = (count: number): Visitor[] => Array.from({ length: count }, visitor);

/** Every visitor makes its requests, one after the other, over connections that all share. */
export async function visit(all: readonly Visitor[], options: VisitOptions): Promise<Visits> {
  const { times = 1, atOnce = 16 } = options;
  const agent = new Agent({ keepAlive: true, maxSockets: atOnce });
  const by: Record<string, number> = {};
  let answers = 0;
  let lost = 0;
  let next = 0;
  const walk = async (): Promise<void> => {
    for (let who = all[next++]; who !== undefined; who = all[next++]) {
      for (let time = 0; time < times && options.signal?.aborted !== true; time += 1) {
        const answer = await ask(who, options, agent).catch(() => null);
        answers += 1;
        if (answer?.status !== 200) lost += 1;
        const instance = String(answer?.headers['x-instance'] ?? '');
        who.met.push(instance);
        by[instance] = (by[instance] ?? 0) + 1;
      }
    }
  };
  await Promise.all(Array.from({ length: atOnce }, walk));
  agent.destroy();
  return { answers, lost, by };
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
}

/** One request of a visitor; it keeps the cookies that it is given. */
export function ask(who: Visitor, options: VisitOptions, agent?: Agent): Promise<Answer> {
  const { port, path = '/', headers = {} } = options;
  const cookie = [...who.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  return new Promise((resolve, reject) => {
    const all = cookie === '' ? headers : { ...headers, cookie };
    const req = request({ host: '127.0.0.1', port, path, headers: all, agent, timeout: 15_000 }, (res) => {
      for (const text of res.headers['set-cookie'] ?? []) {
        const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(text) ?? [];
        who.cookies.set(name, value);
      }
      res.resume().once('close', () => {
        if (res.complete) resolve({ status: res.statusCode ?? 0, headers: res.headers });
        else reject(new Error('cut'));
      });
      res.once('error', reject);
    });
    req.once('timeout', () => req.destroy(new Error('timeout')));
    req.once('error', reject);
    req.end();
  });
}
