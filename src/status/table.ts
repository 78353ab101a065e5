/** The status for people. Pure. */
import { columns } from '../shared/text/columns.ts';
import { olderText } from '../artifact/index.ts';
import { tellView } from '../balancer/index.ts';
import type { Alert } from '../traffic/index.ts';
import { nameOf, termOf } from '../lock/index.ts';
import { tellLast } from './last-deploy.ts';
import type { EnvironmentStatus, InstanceStatus, Status } from './run.ts';

export function table(status: Status): string {
  const { environments, traffic, balancer, unreadable } = status;
  const who = balancer?.kind ?? 'router';
  return [
    ...environments.map((one) => environmentTable(one, who)),
    ...(traffic === null ? [] : trafficLines(traffic, who === 'router')),
    ...balancerLines(status),
    ...flagLines(status),
    ...artifactLines(status),
    ...(unreadable.length > 0 ? [`not in this picture: ${unreadable.join('\n  ')}`] : []),
  ].join('\n\n');
}

/** Only the embedded routers tell that they live. */
function trafficLines(traffic: NonNullable<Status['traffic']>, own: boolean): string[] {
  const { weight, routers, maintenance } = traffic;
  const alive = own ? `, ${routers} ${routers === 1 ? 'router' : 'routers'} alive` : '';
  const line = `traffic   ${split(traffic)}, asked for ${weight} %${alive}`;
  return [line, ...(maintenance === null ? [] : [tellMaintenance(maintenance)])];
}

function balancerLines({ balancer }: Status): string[] {
  const told = tellView(balancer);
  return told.length > 0 ? [`balancer  ${told.join('\n')}`] : [];
}

const flagLines = ({ flags }: Status): string[] =>
  flags.length > 0 ? [`flags     ${flags.map((flag) => `${flag.name} ${flag.state}`).join(', ')}`] : [];

const artifactLines = ({ artifact }: Status): string[] =>
  artifact?.behind === true
    ? [`artifact  the newest (${artifact.id}) ${olderText(artifact.commit, artifact.head)}`]
    : [];

const tellMaintenance = ({ by, since, reason }: Alert): string =>
  `MAINTENANCE since ${new Date(since).toISOString()} by ${by} (${reason}): every request is answered 503; PUT /maintenance {"on": false} to a router ends it`;

function split({ alert, reverted, enabled, share }: NonNullable<Status['traffic']>): string {
  if (alert !== null) return `ALERT by ${alert.by} (${alert.reason}): all to stable`;
  if (reverted !== null) return `reverted (${reverted.reason}): all to stable`;
  return enabled ? `canary ${share} %` : 'no canary';
}

function environmentTable({ name, instances, lock, lastDeploy }: EnvironmentStatus, who: string): string {
  const head = ['instance', 'release', 'service', `${who} says`];
  const lines = columns([head, ...instances.map(row)], '  ');
  const last = lastDeploy === null ? null : tellLast(name, lastDeploy, lock !== null);
  const notes = [
    ...instances.flatMap((one) => (one.layout === null ? [] : [`  ${one.name}: ${one.layout}`])),
    ...(lock ? [`  locked by ${nameOf(lock)} since ${termOf(lock)}: ${lock.reason}`] : []),
    ...(last === null ? [] : [`  ${last}`]),
  ];
  return [name, ...lines, ...notes].join('\n');
}

const row = (item: InstanceStatus): string[] => [
  item.name,
  item.release === null
    ? item.unreachable === null
      ? 'nothing'
      : 'unknown'
    : `${item.release}${item.foreign ? ' (not by Canopy)' : ''}`,
  // One line of it: the whole stands in the result document.
  item.unreachable !== null
    ? `not reached: ${item.unreachable.split('\n')[0] ?? ''}`
    : item.running
      ? 'running'
      : 'stopped',
  `${item.health ?? '-'}${item.drained ? ', drained' : ''}`,
];
