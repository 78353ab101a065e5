import { Agent, request } from 'node:http';

export interface LoadOptions {
  readonly host?: string;
  readonly port: number;
  readonly path?: string | (() => string);
  readonly method?: string;
  readonly body?: Buffer;
  /** Keep-alive connections, each with one request at a time. */
  readonly connections?: number;
  /** At most so many requests; the load also ends with `stop()`. */
  readonly requests?: number;
  /** Milliseconds between two requests of a connection. */
  readonly pauseMs?: number;
  /** Counts answers by the value of this header. */
  readonly by?: string;
  /** Counts answers by how their body begins (first 60 characters). */
  readonly bodies?: boolean;
  readonly timeoutMs?: number;
}

export interface LoadResult {
  readonly requests: number;
  readonly statuses: Readonly<Record<string, number>>;
  /** Requests without a whole answer, by error code or message. */
  readonly failures: Readonly<Record<string, number>>;
  readonly byHeader: Readonly<Record<string, number>>;
  readonly byBody: Readonly<Record<string, number>>;
  /** Milliseconds. */
  readonly latency: { readonly p50: number; readonly p99: number; readonly max: number };
}

export interface Load {
  /** What was counted so far. */
  now(): LoadResult;
  /** Resolves when every request that is in flight now has ended; the load goes on. */
  settled(): Promise<void>;
  /** Ends the load, waits for what is in flight and returns the count. */
  stop(): Promise<LoadResult>;
  /** Resolves when all `requests` are done, or after `stop()`. */
  readonly done: Promise<LoadResult>;
}

/** Everything that is not a 2xx or 3xx, and every request without a whole answer. */
export function lost(result: LoadResult): number {
  const failures = Object.values(result.failures).reduce((sum, one) => sum + one, 0);
  const refused = Object.entries(result.statuses).filter(([status]) => Number(status) >= 400);
  return failures + refused.reduce((sum, [, count]) => sum + count, 0);
}

/** Keeps `connections` requests in flight until it is told to stop. */
export function startLoad(options: LoadOptions): Load {
  const { connections = 10, requests = Number.POSITIVE_INFINITY } = options;
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const statuses: Record<string, number> = {};
  const failures: Record<string, number> = {};
  const byHeader: Record<string, number> = {};
  const byBody: Record<string, number> = {};
  const times: number[] = [];
  const flying = new Set<Promise<void>>();
  let begun = 0;
  let stopped = false;

  const workers = Array.from({ length: connections }, async () => {
    while (!stopped && begun < requests) {
      begun += 1;
      const asked = one();
      flying.add(asked);
      await asked;
      flying.delete(asked);
      if (options.pauseMs !== undefined) await new Promise((resolve) => setTimeout(resolve, options.pauseMs));
    }
  });
  const done = Promise.all(workers).then(() => {
    agent.destroy();
    return now();
  });
  return {
    now,
    done,
    settled: async () => void (await Promise.all(flying)),
    async stop() {
      stopped = true;
      return done;
    },
  };

  function one(): Promise<void> {
    const { host = '127.0.0.1', port, method = 'GET', body, timeoutMs = 15_000 } = options;
    const path = typeof options.path === 'function' ? options.path() : (options.path ?? '/');
    const since = performance.now();
    return new Promise((resolve) => {
      let over = false;
      const fail = (error: Error & { code?: string }): void => {
        if (over) return;
        over = true;
        add(failures, error.code ?? error.message);
        resolve();
      };
      const req = request({ host, port, path, method, agent, timeout: timeoutMs }, (res) => {
        let first = '';
        res.on('data', (chunk: Buffer) => {
          if (options.bodies === true && first.length < 60) first += chunk.toString('latin1');
        });
        res.once('error', fail);
        res.once('close', () => {
          if (!res.complete) fail(new Error('cut'));
          if (over) return;
          over = true;
          add(statuses, String(res.statusCode));
          if (options.by !== undefined) add(byHeader, String(res.headers[options.by] ?? ''));
          if (options.bodies === true) add(byBody, first.slice(0, 60).trim());
          times.push(performance.now() - since);
          resolve();
        });
      });
      req.once('timeout', () => req.destroy(new Error('timeout')));
      req.once('error', fail);
      req.end(body);
    });
  }

  function now(): LoadResult {
    const sorted = [...times].sort((a, b) => a - b);
    const at = (share: number): number =>
      sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
    const latency = { p50: at(0.5), p99: at(0.99), max: sorted.at(-1) ?? 0 };
    const copies = {
      statuses: { ...statuses },
      failures: { ...failures },
      byHeader: { ...byHeader },
      byBody: { ...byBody },
    };
    return { requests: begun, ...copies, latency };
  }
}

function add(counts: Record<string, number>, key: string): void {
  counts[key] = (counts[key] ?? 0) + 1;
}
