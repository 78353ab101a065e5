import { createServer, type Server } from 'node:net';

/** Above what services use, below what any kernel gives to a connection by itself (32768 on Linux). */
const [lowest, highest] = [12_000, 32_000];
const size = 100;
const blocks = (highest - lowest) / size;

/** The ports of this process that were not given out yet. */
let left: number[] = [];
let turn = Promise.resolve(0);
let next = process.pid % blocks;

/**
 * A port of 127.0.0.1 for a program that has to be told one. No other test process gives it out, no connection takes it before
 * the program does, nor while the program is restarted: the kernel's own choice (port 0) would promise none of this.
 */
export function freePort(): Promise<number> {
  turn = turn.then(pick, pick);
  return turn;
}

async function pick(): Promise<number> {
  for (;;) {
    const port = left.shift();
    if (port === undefined) left = await claim();
    else if (await closed(await bound(port))) return port;
  }
}

/** A block of ports. Its first one is held until this process ends: that tells the others. */
async function claim(): Promise<number[]> {
  for (let tried = 0; tried < blocks; tried += 1) {
    const first = lowest + (next % blocks) * size;
    next += 1;
    const held = await bound(first);
    if (held === null) continue;
    held.unref();
    return Array.from({ length: size - 1 }, (_, at) => first + 1 + at);
  }
  throw new Error(`no free ports are left from ${lowest} to ${highest}`);
}

function bound(port: number): Promise<Server | null> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(null) : reject(error),
    );
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
}

async function closed(server: Server | null): Promise<boolean> {
  await new Promise((resolve) => (server === null ? resolve(null) : server.close(resolve)));
  return server !== null;
}
