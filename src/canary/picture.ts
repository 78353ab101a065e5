/** The split as a picture for people. Pure. */
import type { ArmStatus, CanaryStatus } from './status.ts';

export function picture(status: CanaryStatus): string {
  const canary = status.share;
  return [
    arm('stable', 100 - canary, status.stable),
    arm('canary', canary, status.canary),
    '',
    ...notes(status),
  ].join('\n');
}

function arm(name: string, share: number, side: ArmStatus): string {
  const width = Math.round((share / 100) * 30);
  const head = `${name.padEnd(7)} ${'█'.repeat(width)}${'·'.repeat(30 - width)} ${show(share)} %  ${side.release ?? 'mixed'}`;
  const rows = side.instances.map((item) => {
    const state = item.reach !== 'ok' ? `not reached: ${item.reach}` : item.running ? 'running' : 'stopped';
    return `          ${item.name.padEnd(12)} ${item.release ?? 'nothing'}  ${state}${item.drained ? ', drained' : ''}`;
  });
  return [head, ...rows].join('\n');
}

function notes(status: CanaryStatus): string[] {
  const alert = status.alert as { by: string; reason: string } | null;
  const reverted = status.reverted as { reason: string } | null;
  return [
    ...(status.enabled ? [] : ['no canary is on']),
    ...(alert ? [`alert by ${alert.by}: ${alert.reason}; canopy canary resume re-arms`] : []),
    ...(reverted ? [`reverted by itself: ${reverted.reason}`] : []),
    `asked for ${show(status.weight)} %, ${status.routers === 1 ? '1 router' : `${status.routers} routers`} alive`,
  ];
}

const show = (percent: number): string => String(Math.round(percent * 10) / 10);
