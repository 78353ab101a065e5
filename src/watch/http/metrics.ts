/** The watch in the text format of Prometheus. https://prometheus.io/docs/instrumenting/exposition_formats/ */
import { isOver } from '../../incidents/index.ts';
import type { Watch } from '../engine/watch.ts';

const quoted = (text: string): string =>
  `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;

export function metricsOf(app: string, watch: Watch): string {
  const { targets } = watch.checks;
  const open = watch.watcher.incidents.all.filter((one) => !isOver(one));
  const label = (more: Readonly<Record<string, string>> = {}): string =>
    `{${Object.entries({ app, ...more })
      .map(([name, value]) => `${name}=${quoted(value)}`)
      .join(',')}}`;
  const known = targets.filter(({ state }) => state.state !== 'unknown');
  const timed = targets.filter(({ last }) => typeof last?.latencyMs === 'number');
  const late = watch.checks.lateness.quantile(99);
  return [
    ...metric('canopy_watch_leads', 'gauge', 'Whether this watcher leads.', [
      [label(), watch.leadership.leads ? 1 : 0],
    ]),
    ...metric('canopy_watch_blind', 'gauge', 'Whether this watcher sees nothing at all.', [
      [label(), watch.isBlind ? 1 : 0],
    ]),
    ...metric(
      'canopy_target_up',
      'gauge',
      'Whether a target is up, by several checks in a row.',
      known.map(({ subject, state }) => [label({ target: subject.name }), state.state === 'up' ? 1 : 0]),
    ),
    ...metric(
      'canopy_target_latency_seconds',
      'gauge',
      'How long the last check of a target took.',
      timed.map(({ subject, last }) => [label({ target: subject.name }), (last?.latencyMs ?? 0) / 1000]),
    ),
    ...metric('canopy_incidents_open', 'gauge', 'Incidents that are not over.', [[label(), open.length]]),
    ...metric(
      'canopy_watch_check_lateness_seconds',
      'gauge',
      'How late 99 percent of the checks begin at most.',
      late === null ? [] : [[label({ quantile: '0.99' }), late / 1000]],
    ),
  ].join('');
}

function metric(
  name: string,
  type: string,
  help: string,
  values: readonly (readonly [string, number])[],
): string[] {
  if (values.length === 0) return [];
  return [
    `# HELP ${name} ${help}\n`,
    `# TYPE ${name} ${type}\n`,
    ...values.map(([labels, value]) => `${name}${labels} ${value}\n`),
  ];
}
