/** The end of what a router serves: its public side and its admin port. */
import type { Server } from 'node:http';
import { lastAnswers, type serverCloser } from '../http-server/index.ts';
import type { Proxy } from './server.ts';

interface OpenServers {
  readonly proxy: Proxy;
  readonly admin: Server;
  readonly closeAdmin: ReturnType<typeof serverCloser>;
  /** Where other processes serve, they answer on the admin port too. */
  readonly others: boolean;
  /** Says what was counted to the end. */
  readonly tell: () => Promise<unknown>;
}

/** What is in flight ends, at most `graceMs` from now. The admin port answers until then, and is closed whatever goes wrong. */
export async function stopServing(
  { proxy, admin, closeAdmin, others, tell }: OpenServers,
  graceMs: number,
  lingerMs: () => number,
): Promise<void> {
  const left = proxy.stop(graceMs, lingerMs);
  try {
    if (others) {
      lastAnswers(admin);
      await closeAdmin({ graceMs, lingerMs, cut: () => admin.closeAllConnections() });
    }
    await left;
    await tell();
  } finally {
    admin.close();
    admin.closeAllConnections();
  }
}
