/** Measurements that no target is asked for: the balancer's counters, and Prometheus. */
import type { Config, WatchConfig, WatchRule } from '../../config/types.ts';
import type { Opener } from '../../opener.ts';
import type { Log, Store } from '../../ports/ports.ts';
import { openArmCounters, querySamples, ArmRates, type ProbeSample } from '../../probes/index.ts';

export interface SampleFeed {
  readonly name: string;
  readonly everyMs: number;
  read(): Promise<readonly ProbeSample[]>;
}

/** The routers tell what they have counted so often. */
const COUNTERS_MS = 2000;

/** Only what a rule asks for is read. */
export function openFeeds(
  config: Config,
  watch: WatchConfig,
  rules: readonly WatchRule[],
  { open, store, log }: { readonly open: Opener; readonly store: Store; readonly log: Log },
): SampleFeed[] {
  const asks = (wanted: (metric: string) => boolean): boolean =>
    rules.some(({ when }) => when.some(({ metric }) => wanted(metric)));
  const now = (): number => open.timer.now();
  const feeds: SampleFeed[] = [];
  const counters = openArmCounters(config, open, store, log);
  if (counters !== null && asks((metric) => metric === 'requests' || metric === 'errors')) {
    const rates = new ArmRates();
    feeds.push({
      name: 'the counters of the balancer',
      everyMs: COUNTERS_MS,
      read: async () => rates.samples(await counters().catch(() => null), now()),
    });
  }
  if (asks((metric) => metric.startsWith('prometheus:')))
    feeds.push({
      name: 'Prometheus',
      everyMs: watch.everyMs,
      read: () => querySamples(rules, watch.timeoutMs, open.http, now),
    });
  return feeds;
}
