/** Which server the Sentinels have in charge. A master that was away for a moment goes on answering until they have told it. */
import { Redis } from 'ioredis';
import type { StoreConfig } from '../../config/types.ts';

type Sentinels = Extract<StoreConfig, { kind: 'sentinels' }>;

const ASK_MS = 1000;

/** `changing`: a failover is going on, or agreed on. `unknown`: nobody could tell. */
type InCharge =
  | { readonly kind: 'server'; readonly runId: string }
  | { readonly kind: 'changing' }
  | { readonly kind: 'unknown' };

/**
 * The master that the youngest word of any Sentinel names, by the run id that it tells itself: right after a switch no Sentinel
 * knows it. One that was away itself names an old master, by an older epoch.
 */
export async function inChargeBy({ sentinels, name, password }: Sentinels): Promise<InCharge> {
  const answers = await Promise.all(
    sentinels.map((at) =>
      ask(at, undefined, async (client) =>
        // Of the two only the second one names the new master while its replicas are still being turned over.
        namedBy(
          await client.call('SENTINEL', 'MASTER', name),
          await client.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', name),
        ),
      ),
    ),
  );
  const known = answers.flatMap((one) => (one === null ? [] : [one])).sort((a, b) => b.epoch - a.epoch);
  const [youngest] = known;
  if (youngest === undefined) return { kind: 'unknown' };
  const runId = await ask(youngest, password?.reveal(), async (client) =>
    runIdIn(String(await client.call('INFO', 'server'))),
  );
  if (known.some((one) => one.changes && one.epoch === youngest.epoch)) return { kind: 'changing' };
  return runId === null ? { kind: 'unknown' } : { kind: 'server', runId };
}

interface NamedMaster {
  readonly epoch: number;
  readonly host: string;
  readonly port: number;
  readonly changes: boolean;
}

/** One question on a connection of its own; null when it is not answered. */
async function ask<T>(
  { host, port }: { readonly host: string; readonly port: number },
  password: string | undefined,
  question: (client: Redis) => Promise<T | null>,
): Promise<T | null> {
  const client = new Redis({
    ...{ host, port, protocol: 2, lazyConnect: true, enableReadyCheck: false, disableClientInfo: true },
    ...{ connectTimeout: ASK_MS, commandTimeout: ASK_MS, maxRetriesPerRequest: 0, replyMapping: 'legacy' },
    ...(password === undefined ? {} : { password }),
    retryStrategy: () => null,
  });
  // What goes wrong is the answer of the call.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await question(client);
  } catch {
    // It is away, or does not know the name: the others tell.
    return null;
  } finally {
    client.disconnect();
  }
}

/** A list of names and values, and an address; null for anything else. */
function namedBy(master: unknown, address: unknown): NamedMaster | null {
  if (!Array.isArray(master) || !Array.isArray(address)) return null;
  const value = (name: string): string => {
    const at = master.findIndex((one, index) => index % 2 === 0 && one === name);
    return at < 0 ? '' : String(master[at + 1] ?? '');
  };
  const [host, port, epoch] = [String(address[0] ?? ''), Number(address[1]), Number(value('config-epoch'))];
  const changes = /\b(o_down|failover_in_progress)\b/.test(value('flags'));
  return Number.isSafeInteger(epoch) && Number.isSafeInteger(port) && host !== ''
    ? { epoch, host, port, changes }
    : null;
}

/** The run id in what INFO says; null: it says none. */
export const runIdIn = (info: string): string | null => /^run_id:([0-9a-f]{40})\s*$/m.exec(info)?.[1] ?? null;
