/** The numbers as Prometheus reads them. Pure. */
import { wilson } from './confidence.ts';
import { isOpen } from '../pick/circuit.ts';
import { totalOf } from '../fleet/counters.ts';
import type { Member } from '../fleet/fleet.ts';

export interface Figures {
  readonly app: string;
  readonly members: readonly Member[];
  /** Percent as set, and as it is given now. */
  readonly weight: number;
  readonly share: number;
  readonly observed: { readonly stable: number; readonly canary: number };
  readonly alert: boolean;
  readonly reverted: boolean;
  readonly maintenance: boolean;
  readonly version: number;
  readonly storeUp: boolean | null;
}

type Labels = Readonly<Record<string, string>>;
type Row = readonly [labels: Labels, value: number, suffix?: string];

/** The text of GET /metrics. */
export function metricsText(figures: Figures): string {
  const each = (value: (member: Member) => number): Row[] =>
    figures.members.map((member) => [of(figures, member), value(member)]);
  const app: Labels = { app: figures.app };
  const { stable, canary } = figures.observed;
  const bound = wilson(canary, stable + canary);
  const blocks = [
    block(
      'requests_total',
      'counter',
      'Requests by instance and class of answer; class none: the instance gave no answer.',
      requests(figures, (member) => totalOf(member).classes),
    ),
    block(
      'forced_total',
      'counter',
      'Of them those that a header has sent to their side: they count for no share, and no canary is judged by them.',
      requests(figures, (member) => member.forced.classes),
    ),
    block(
      'request_seconds',
      'summary',
      'Time from the pick of an instance to the end of its answer.',
      durations(figures),
    ),
    block(
      'retries_total',
      'counter',
      'Requests that were sent to another instance because this one failed.',
      each((member) => totalOf(member).retried),
    ),
    block(
      'aborted_total',
      'counter',
      'Requests whose client went away before the answer.',
      each((member) => totalOf(member).aborted),
    ),
    block(
      'in_flight',
      'gauge',
      'Requests in flight.',
      each((member) => member.inFlight),
    ),
    block(
      'long_lived',
      'gauge',
      'Of those in flight: tunnels and event streams.',
      each((member) => member.longLived),
    ),
    block(
      'circuit_open',
      'gauge',
      'Whether the instance is spared because it failed requests.',
      each((member) => (isOpen(member.circuit) ? 1 : 0)),
    ),
    block(
      'up',
      'gauge',
      'Whether the instance is healthy.',
      each((member) => (member.health.state === 'healthy' ? 1 : 0)),
    ),
    block(
      'drained',
      'gauge',
      'Whether the instance takes no new request.',
      each((member) => (member.drained ? 1 : 0)),
    ),
    block('weight_percent', 'gauge', 'Share of the canary as set.', [[app, figures.weight]]),
    block('share_percent', 'gauge', 'Share of the canary as given now: 0 while an alert or a revert holds.', [
      [app, figures.share],
    ]),
    block(
      'observed_share_percent',
      'gauge',
      'Share of the canary as counted since the share was last changed.',
      [[app, observedShare(figures.observed)]],
    ),
    block('observed_low_percent', 'gauge', 'Lower end of what that share may be by chance, 95 %.', [
      [app, bound.low],
    ]),
    block('observed_high_percent', 'gauge', 'Upper end of it.', [[app, bound.high]]),
    block('alert', 'gauge', 'Whether the alert holds.', [[app, figures.alert ? 1 : 0]]),
    block('reverted', 'gauge', 'Whether the passive revert holds.', [[app, figures.reverted ? 1 : 0]]),
    block('maintenance', 'gauge', 'Whether every request is answered with 503.', [
      [app, figures.maintenance ? 1 : 0],
    ]),
    block('state_version', 'gauge', 'Version of the traffic state that is applied.', [
      [app, figures.version],
    ]),
    block('store_up', 'gauge', 'Whether the store answers.', [[app, figures.storeUp === true ? 1 : 0]]),
  ];
  return blocks.join('');
}

/** Percent of the requests that went to the canary; 0 when there were none. */
export function observedShare(observed: { readonly stable: number; readonly canary: number }): number {
  const all = observed.stable + observed.canary;
  return all === 0 ? 0 : Math.round((observed.canary / all) * 10_000) / 100;
}

const of = (figures: Figures, member: Member): Labels => ({
  app: figures.app,
  arm: member.arm,
  instance: member.name,
});

function requests(figures: Figures, classesOf: (member: Member) => readonly number[]): Row[] {
  return figures.members.flatMap((member) =>
    classesOf(member).map((count, index): Row => [
      { ...of(figures, member), class: index === 0 ? 'none' : `${index}xx` },
      count,
    ]),
  );
}

function durations(figures: Figures): Row[] {
  return figures.members.flatMap((member): Row[] => {
    const { seconds, timed } = totalOf(member);
    return [
      [of(figures, member), seconds, '_sum'],
      [of(figures, member), timed, '_count'],
    ];
  });
}

function block(name: string, type: string, help: string, rows: readonly Row[]): string {
  const full = `canopy_router_${name}`;
  const lines = rows.map(
    ([labels, value, suffix]) => `${full}${suffix ?? ''}{${labelText(labels)}} ${value}\n`,
  );
  return `# HELP ${full} ${help}\n# TYPE ${full} ${type}\n${lines.join('')}`;
}

const labelText = (labels: Labels): string =>
  Object.entries(labels)
    .map(([name, value]) => `${name}="${value.replace(/[\\"\n]/g, (c) => (c === '\n' ? '\\n' : `\\${c}`))}"`)
    .join(',');
