/** How far a replica is behind, as `INFO replication` tells it. Pure. */

/** A master speaks to its replicas so often at least (repl-ping-replica-period): less silence than that means nothing. */
const SILENCE_MS = 10_000;

interface Replication {
  readonly lagMs: number | null;
  readonly text: string;
}

/**
 * Of a master: since when the slowest of its replicas has not acknowledged; null without any. Of a replica: since when it hears
 * nothing of its master.
 */
export function replicationOf(info: string): Replication {
  const fields = new Map(
    info.split(/\r?\n/).map((line) => {
      const [name = '', ...value] = line.split(':');
      return [name, value.join(':')] as const;
    }),
  );
  const number = (name: string): number => Number(fields.get(name) ?? Number.NaN);
  if (fields.get('role') === 'slave') {
    const isUp = fields.get('master_link_status') === 'up';
    const silent = 1000 * number(isUp ? 'master_last_io_seconds_ago' : 'master_link_down_since_seconds');
    const heard = isUp && silent <= SILENCE_MS ? 0 : silent;
    return {
      lagMs: heard >= 0 ? heard : null,
      text: isUp ? 'a replica' : 'a replica that has lost its master',
    };
  }
  const lags = [...fields]
    .filter(([name]) => /^slave\d+$/.test(name))
    .map(([, value]) => 1000 * Number(/(?:^|,)lag=(\d+)/.exec(value)?.[1] ?? Number.NaN))
    .filter((lag) => Number.isFinite(lag));
  const text = lags.length === 1 ? 'with 1 replica' : `with ${lags.length || 'no'} replicas`;
  return { lagMs: lags.length === 0 ? null : Math.max(...lags), text };
}
