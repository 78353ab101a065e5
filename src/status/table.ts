/** The status for people. Pure. */
import type { EnvironmentStatus, InstanceStatus, Status } from './run.ts';

export function table({ environments, traffic, flags }: Status): string {
  const parts = environments.map(environmentTable);
  if (traffic !== null) {
    const state =
      traffic.alert !== null
        ? 'ALERT: all to stable'
        : traffic.reverted !== null
          ? 'reverted: all to stable'
          : `canary ${traffic.share} %`;
    parts.push(
      `traffic   ${state}, asked for ${traffic.weight} %, ${traffic.routers} ${traffic.routers === 1 ? 'router' : 'routers'} alive`,
    );
  }
  if (flags.length > 0)
    parts.push(`flags     ${flags.map((flag) => `${flag.name} ${flag.state}`).join(', ')}`);
  return parts.join('\n\n');
}

function environmentTable({ name, instances, lock, lastDeploy }: EnvironmentStatus): string {
  const head = ['instance', 'release', 'service', 'router says'];
  const rows = [head, ...instances.map(row)];
  const widths = head.map((_, at) => Math.max(...rows.map((cells) => cells[at]?.length ?? 0)));
  const lines = rows.map((cells) =>
    `  ${cells.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join('  ')}`.trimEnd(),
  );
  const notes = [
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
  item.release ?? (item.unreachable === null ? 'nothing' : 'unknown'),
  item.unreachable !== null ? `not reached: ${item.unreachable}` : item.running ? 'running' : 'stopped',
  `${item.health ?? '-'}${item.drained ? ', drained' : ''}`,
];
