/** The status for people. Pure. */
import { columns } from '../shared/text/columns.ts';
import { tellView } from '../balancer/index.ts';
import type { EnvironmentStatus, InstanceStatus, Status } from './run.ts';

export function table({ environments, traffic, balancer, flags, unreadable }: Status): string {
  const own = balancer === null || balancer.kind === 'router';
  const parts = environments.map((one) => environmentTable(one, own ? 'router' : balancer.kind));
  if (traffic !== null)
    parts.push(
      `traffic   ${split(traffic)}, asked for ${traffic.weight} %${own ? `, ${traffic.routers} ${traffic.routers === 1 ? 'router' : 'routers'} alive` : ''}`,
    );
  const told = tellView(balancer);
  if (told.length > 0) parts.push(`balancer  ${told.join('\n')}`);
  if (flags.length > 0)
    parts.push(`flags     ${flags.map((flag) => `${flag.name} ${flag.state}`).join(', ')}`);
  if (unreadable.length > 0) parts.push(`not in this picture: ${unreadable.join('\n  ')}`);
  return parts.join('\n\n');
}

function split({ alert, reverted, enabled, share }: NonNullable<Status['traffic']>): string {
  if (alert !== null) return `ALERT by ${alert.by} (${alert.reason}): all to stable`;
  if (reverted !== null) return `reverted (${reverted.reason}): all to stable`;
  return enabled ? `canary ${share} %` : 'no canary';
}

function environmentTable({ name, instances, lock, lastDeploy }: EnvironmentStatus, who: string): string {
  const head = ['instance', 'release', 'service', `${who} says`];
  const lines = columns([head, ...instances.map(row)], '  ');
  const notes = [
    ...instances.flatMap((one) => (one.layout === null ? [] : [`  ${one.name}: ${one.layout}`])),
    ...(lock
      ? [`  locked by ${lock.holder} since ${new Date(lock.since).toISOString()}: ${lock.reason}`]
      : []),
    ...(lastDeploy?.state === 'mixed'
      ? ['  left MIXED by its last deploy: no deploy until rollback or lock release']
      : []),
    ...(lastDeploy?.state === 'running' && !lock
      ? [`  its last deploy (${lastDeploy.deploy}) ended without a word`]
      : []),
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
