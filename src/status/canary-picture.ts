/** The split as a picture for people. Pure. */
import { tellView } from '../balancer/index.ts';
import type { ObservedSplit } from '../observe/index.ts';
import type { ArmStatus, CanaryStatus } from './canary-status.ts';

export function picture(status: CanaryStatus): string {
  const { share } = status;
  const blocks = blocksOf(share);
  return [
    arm('stable', 100 - share, barWidth - blocks, status.stable),
    arm('canary', share, blocks, status.canary),
    '',
    ...notes(status),
  ].join('\n');
}

const barWidth = 30;

function arm(name: string, share: number, blocks: number, side: ArmStatus): string {
  const bar = `${'█'.repeat(blocks)}${'·'.repeat(barWidth - blocks)}`;
  const head = `${name.padEnd(7)} ${bar} ${show(share).padStart(5)} %  ${runs(side)}`;
  const width = Math.max(0, ...side.instances.map((item) => item.name.length));
  const rows = side.instances.map((item) => {
    const why = item.reach.split('\n')[0] ?? '';
    const state = item.reach !== 'ok' ? `not reached: ${why}` : item.running ? 'running' : 'stopped';
    const release = item.release ?? (item.reach === 'ok' ? 'nothing' : 'unknown');
    return `        ${item.name.padEnd(width)}  ${release}  ${state}${item.drained ? ', drained' : ''}`;
  });
  return [head, ...rows].join('\n');
}

/** A share above 0 is at least one block, and one below 100 leaves at least one free: neither arm is hidden. */
function blocksOf(share: number): number {
  const rounded = Math.round((share / 100) * barWidth);
  const least = share > 0 ? 1 : 0;
  const most = share < 100 ? barWidth - 1 : barWidth;
  return Math.max(least, Math.min(most, rounded));
}

function runs({ release, instances }: ArmStatus): string {
  if (release !== null) return release;
  if (instances.some((item) => item.reach !== 'ok')) return 'not known';
  return instances.every((item) => item.release === null) ? 'nothing' : 'mixed';
}

function notes(status: CanaryStatus): string[] {
  const { alert, reverted, relapses, sticky, observed, analysis } = status;
  return [
    ...(status.enabled ? [] : ['no canary is on']),
    ...(alert ? [`alert by ${alert.by}: ${alert.reason}; canopy canary resume re-arms`] : []),
    ...(reverted ? [`reverted by itself${again(relapses)}: ${reverted.reason}`] : []),
    `asked for ${show(status.weight)} %${sticks(sticky)}${alive(status)}`,
    ...(analysis === null
      ? []
      : [
          `analysis${analysis.outcome === null ? ' goes on' : ''}, step ${analysis.step + 1}: ${analysis.sentence}`,
        ]),
    ...tellView(status.balancer),
    ...(observed === null ? [] : counted(observed)),
  ];
}

function counted(observed: ObservedSplit): string[] {
  const { requests, share, forced } = observed;
  const split = `the canary got ${show(share)} % of ${requests} requests since then${bound(observed)}`;
  const chosen = `${forced} ${forced === 1 ? 'request' : 'requests'} chose a side by the header: no part of the share, not judged`;
  return [...(requests === 0 ? [] : [split]), ...(forced === 0 ? [] : [chosen])];
}

/** Only the embedded routers tell that they live. */
const alive = ({ routers, balancer }: CanaryStatus): string =>
  balancer !== null && balancer.kind !== 'router'
    ? ''
    : `, ${routers === 1 ? '1 router' : `${routers} routers`} alive`;

const again = (relapses: number): string => (relapses === 0 ? '' : `, relapse ${relapses}`);

function sticks(sticky: CanaryStatus['sticky']): string {
  if (sticky === 'none') return '';
  return sticky === 'cookie' ? ', clients stick by cookie' : `, clients stick by ${sticky.replace(':', ' ')}`;
}

const bound = ({ bound: of }: ObservedSplit): string =>
  of === null ? '' : ` (by chance ${show(of.low)} to ${show(of.high)} %)`;

const show = (percent: number): string => String(Math.round(percent * 10) / 10);
