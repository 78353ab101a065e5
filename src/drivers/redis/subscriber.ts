/** Subscriptions over a connection of their own, opened when the first is asked for. */
import type { Store } from '../../ports/ports.ts';
import type { RedisConnection } from './connect.ts';

type MessageListener = (message: string | null) => void;

/** Milliseconds between two pings: a connection that nobody answers on is found and made anew. */
const pingMs = 10_000;

interface Subscriber {
  readonly subscribe: Store['subscribe'];
  /** What its connection complained about last. */
  trouble(): unknown;
  close(): void;
}

export function subscriber(connect: () => RedisConnection): Subscriber {
  const channels = new Map<string, Set<MessageListener>>();
  let connection: RedisConnection | null = null;
  let pings: NodeJS.Timeout | undefined;

  return {
    trouble: () => connection?.trouble() ?? null,
    close: () => {
      clearInterval(pings);
      channels.clear();
      connection?.close();
    },
    async subscribe(channel, heard) {
      const { client, ready } = open();
      await ready();
      await client.subscribe(channel);
      // One entry a subscription, also when the same function subscribes twice.
      const own: MessageListener = (message) => heard(message);
      channels.set(channel, (channels.get(channel) ?? new Set()).add(own));
      own(null);
      return async () => {
        const left = channels.get(channel);
        if (left?.delete(own) !== true || left.size > 0) return;
        channels.delete(channel);
        // A connection that is away subscribes to nothing when it is back.
        if (client.status === 'ready') await client.unsubscribe(channel);
      };
    },
  };

  function open(): RedisConnection {
    if (connection !== null) return connection;
    connection = connect();
    const { client } = connection;
    client.on('message', (channel: string, message: string) => tell(channel, message));
    client.on('ready', () => void again());
    pings = keepPinging(client);
    return connection;
  }

  /** The connection is new: Redis knows none of the channels any more. */
  async function again(): Promise<void> {
    const names = [...channels.keys()];
    if (connection === null || names.length === 0) return;
    try {
      await connection.client.subscribe(...names);
    } catch {
      // Lost again before it was heard: the next connection tries anew; a refusal is found by a new one as well.
      connection.client.disconnect(true);
      return;
    }
    for (const name of names) tell(name, null);
  }

  function tell(channel: string, message: string | null): void {
    for (const heard of [...(channels.get(channel) ?? [])]) heard(message);
  }
}

function keepPinging(client: RedisConnection['client']): NodeJS.Timeout {
  const ping = (): void => {
    if (client.status === 'ready') client.ping().catch(() => client.disconnect(true));
  };
  return setInterval(ping, pingMs).unref();
}
