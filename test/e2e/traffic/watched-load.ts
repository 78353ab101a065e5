/** Load that remembers every answer: who gave it, with which release, and when. */
import { Agent, request } from 'node:http';

export interface Seen {
  /** When the request was sent; milliseconds of this process. */
  readonly sentAt: number;
  readonly instance: string;
  readonly release: string;
  /** 0: no whole answer. */
  readonly status: number;
  readonly error: string;
}

export interface Watched {
  readonly seen: readonly Seen[];
  /** Ends it, waits for what is in flight, and returns everything. */
  stop(): Promise<readonly Seen[]>;
}

/** Everything that is not a 2xx. */
export const lostOf = (seen: readonly Seen[]): readonly Seen[] =>
  seen.filter(({ status }) => status < 200 || status > 299);

/** Those that were asked after that moment. What was in flight then may have been picked before: it proves nothing. */
export const askedSince = (seen: readonly Seen[], moment: number): readonly Seen[] =>
  seen.filter(({ sentAt }) => sentAt > moment);

/** `connections` requests in flight, each with a small pause before the next one. */
export function watchLoad(port: number, connections = 6, pauseMs = 10): Watched {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const seen: Seen[] = [];
  let stopped = false;
  // A test that fails does not stop it: the load must not keep the run alive for ever.
  const limit = performance.now() + 150_000;
  const workers = Array.from({ length: connections }, async () => {
    while (!stopped && performance.now() < limit) {
      seen.push(await once(port, agent));
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  });
  return {
    seen,
    async stop() {
      stopped = true;
      await Promise.all(workers);
      agent.destroy();
      return seen;
    },
  };
}

function once(port: number, agent: Agent): Promise<Seen> {
  const sentAt = performance.now();
  return new Promise((resolve) => {
    const none = (error: Error & { code?: string }): void =>
      resolve({
        sentAt,
        instance: '',
        release: '',
        status: 0,
        error: error.code ?? error.message,
      });
    const sent = request({ host: '127.0.0.1', port, agent, timeout: 15_000 }, (answer) => {
      answer.resume();
      answer.once('error', none);
      answer.once('close', () => {
        if (!answer.complete) return none(new Error('cut'));
        const header = (name: string): string => String(answer.headers[name] ?? '');
        const status = answer.statusCode ?? 0;
        resolve({
          sentAt,
          instance: header('x-instance'),
          release: header('x-release'),
          status,
          error: '',
        });
      });
    });
    sent.once('timeout', () => sent.destroy(new Error('timeout')));
    sent.once('error', none);
    sent.end();
  });
}
