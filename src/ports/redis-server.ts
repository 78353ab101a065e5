/** The port of any Redis server that is watched; part of ports.ts. */

/** One Redis server, or the master that its Sentinels name; it keeps its connection. */
export interface RedisServer {
  /** PING, and what INFO tells of its replication; or in words why there was no answer. Never rejects. */
  ask(): Promise<{ readonly replication: string } | { readonly wrong: string }>;
  close(): void;
}
