/** A TCP connection that can be cut at a chosen moment: a relay in front of a port of this machine. */
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createServer as createHttpServer } from 'node:http';

export interface Cable {
  readonly port: number;
  /** Breaks what goes through it, and lets nothing in until `mend`. */
  cut(): void;
  mend(): void;
  stop(): Promise<void>;
}

export async function startCable(target: number): Promise<Cable> {
  const ends = new Set<Socket>();
  let whole = true;
  const server = createServer((near) => {
    if (!whole) return void near.destroy();
    const far = connect(target, '127.0.0.1');
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      ends.add(one);
      one.pipe(other);
      one.on('error', () => other.destroy());
      one.on('close', () => (ends.delete(one), other.destroy()));
    }
  });
  const port = await listening(server);
  const cut = (): void => {
    whole = false;
    for (const end of ends) end.destroy();
  };
  return { port, cut, mend: () => void (whole = true), stop: () => (cut(), closed(server)) };
}

export interface Bell {
  /** A line of shell that rings with a word and waits until it was heard: for a hook, at its point of a deploy. */
  ring(word: string): string;
  stop(): Promise<void>;
}

/** `heard` runs in this process while whoever rings waits. */
export async function startBell(heard: (word: string) => unknown): Promise<Bell> {
  const server = createHttpServer((request, answer) => {
    void Promise.resolve(heard(decodeURIComponent(request.url?.slice(1) ?? ''))).then(
      () => answer.end(),
      () => answer.destroy(),
    );
  });
  const port = await listening(server);
  return {
    ring: (word) =>
      `node -e 'fetch(process.argv[1]).then(() => process.exit(), () => process.exit(9))' "http://127.0.0.1:${port}/${word}"`,
    stop: () => (server.closeAllConnections(), closed(server)),
  };
}

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

const closed = (server: Server): Promise<void> =>
  new Promise((resolve) => void server.close(() => resolve()));
