/** The numbers as Prometheus reads them (text format 0.0.4). Pure. */
import { wilson } from '../stats/confidence.ts';
import type { MemberReport, RouterReport } from './process-report.ts';

type Labels = Readonly<Record<string, string>>;
type MetricSample = readonly [labels: Labels, value: number, suffix?: string];

interface Metric {
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'summary';
  readonly help: string;
  readonly rows: (report: RouterReport) => readonly MetricSample[];
}

/** A number of each instance. */
const each =
  (value: (member: MemberReport) => number) =>
  (report: RouterReport): MetricSample[] =>
    report.members.map((member) => [labelsOf(report, member), value(member)]);

/** One number of the whole application. */
const one =
  (value: (report: RouterReport) => number) =>
  (report: RouterReport): MetricSample[] => [[{ app: report.app }, value(report)]];

const bit = (is: boolean): number => (is ? 1 : 0);

const ofMembers: readonly Metric[] = [
  {
    name: 'requests_total',
    type: 'counter',
    help: 'Requests by instance and class of answer; class none: the instance gave no answer.',
    rows: (report) => byClass(report, (member) => member.total.classes),
  },
  {
    name: 'forced_total',
    type: 'counter',
    help: 'Of them those that a header has sent to their side: they count for no share, and no canary is judged by them.',
    rows: (report) => byClass(report, (member) => member.forced),
  },
  {
    name: 'request_seconds',
    type: 'summary',
    help: 'Time from the pick of an instance to the end of its answer.',
    rows: durations,
  },
  {
    name: 'retries_total',
    type: 'counter',
    help: 'Requests that were sent to another instance because this one failed.',
    rows: each(({ total }) => total.retried),
  },
  {
    name: 'aborted_total',
    type: 'counter',
    help: 'Requests whose client went away before the answer.',
    rows: each(({ total }) => total.aborted),
  },
  {
    name: 'in_flight',
    type: 'gauge',
    help: 'Requests in flight.',
    rows: each(({ inFlight }) => inFlight),
  },
  {
    name: 'long_lived',
    type: 'gauge',
    help: 'Of those in flight: tunnels and event streams.',
    rows: each(({ longLived }) => longLived),
  },
  {
    name: 'circuit_open',
    type: 'gauge',
    help: 'Whether the instance is spared because it failed requests.',
    rows: each(({ circuit }) => bit(circuit === 'open')),
  },
  {
    name: 'up',
    type: 'gauge',
    help: 'Whether the instance is healthy.',
    rows: each(({ health }) => bit(health === 'healthy')),
  },
  {
    name: 'drained',
    type: 'gauge',
    help: 'Whether the instance takes no new request.',
    rows: each(({ drained }) => bit(drained)),
  },
];

const ofTheSplit: readonly Metric[] = [
  {
    name: 'weight_percent',
    type: 'gauge',
    help: 'Share of the canary as set.',
    rows: one(({ weight }) => weight),
  },
  {
    name: 'share_percent',
    type: 'gauge',
    help: 'Share of the canary as given now: 0 while an alert or a revert holds.',
    rows: one(({ effective }) => effective),
  },
  {
    name: 'observed_share_percent',
    type: 'gauge',
    help: 'Share of the canary as counted since the share was last changed.',
    rows: one(({ observed }) => observedShare(observed)),
  },
  {
    name: 'observed_low_percent',
    type: 'gauge',
    help: 'Lower end of what that share may be by chance, 95 %.',
    rows: one((report) => boundOf(report).low),
  },
  {
    name: 'observed_high_percent',
    type: 'gauge',
    help: 'Upper end of it.',
    rows: one((report) => boundOf(report).high),
  },
  {
    name: 'alert',
    type: 'gauge',
    help: 'Whether the alert holds.',
    rows: one(({ alert }) => bit(alert !== null)),
  },
  {
    name: 'reverted',
    type: 'gauge',
    help: 'Whether the passive revert holds.',
    rows: one(({ reverted }) => bit(reverted !== null)),
  },
  {
    name: 'maintenance',
    type: 'gauge',
    help: 'Whether every request is answered with 503.',
    rows: one(({ maintenance }) => bit(maintenance !== null)),
  },
  {
    name: 'state_version',
    type: 'gauge',
    help: 'Version of the traffic state that is applied.',
    rows: one(({ version }) => version),
  },
  {
    name: 'store_up',
    type: 'gauge',
    help: 'Whether the store answers.',
    rows: one(({ storeUp }) => bit(storeUp === true)),
  },
];

/** The text of GET /metrics. */
export const metricsText = (report: RouterReport): string =>
  [...ofMembers, ...ofTheSplit].map((metric) => textOf(metric, report)).join('');

/** Percent of the requests that went to the canary; 0 when there were none. */
export function observedShare(observed: { readonly stable: number; readonly canary: number }): number {
  const all = observed.stable + observed.canary;
  return all === 0 ? 0 : Math.round((observed.canary / all) * 10_000) / 100;
}

const boundOf = ({ observed: { stable, canary } }: RouterReport): { low: number; high: number } =>
  wilson(canary, stable + canary);

const labelsOf = ({ app }: RouterReport, { arm, name }: MemberReport): Labels => ({
  app,
  arm,
  instance: name,
});

const byClass = (
  report: RouterReport,
  classesOf: (member: MemberReport) => readonly number[],
): MetricSample[] =>
  report.members.flatMap((member) =>
    classesOf(member).map((count, index): MetricSample => [
      { ...labelsOf(report, member), class: index === 0 ? 'none' : `${index}xx` },
      count,
    ]),
  );

function durations(report: RouterReport): MetricSample[] {
  return report.members.flatMap((member): MetricSample[] => {
    const labels = labelsOf(report, member);
    const { seconds, timed } = member.total;
    return [
      [labels, seconds, '_sum'],
      [labels, timed, '_count'],
    ];
  });
}

function textOf({ name, type, help, rows }: Metric, report: RouterReport): string {
  const full = `canopy_router_${name}`;
  const lines = rows(report).map(
    ([labels, value, suffix]) => `${full}${suffix ?? ''}{${labelText(labels)}} ${value}\n`,
  );
  return `# HELP ${full} ${help}\n# TYPE ${full} ${type}\n${lines.join('')}`;
}

const labelText = (labels: Labels): string =>
  Object.entries(labels)
    .map(([name, value]) => `${name}="${value.replace(/[\\"\n]/g, (c) => (c === '\n' ? '\\n' : `\\${c}`))}"`)
    .join(',');
