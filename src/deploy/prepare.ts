/** From what a step was given to the context of its deploy: its balancer, and its words in the audit stream before and after. */
import { openAudit } from '../audit/index.ts';
import { openBalancer } from '../balancer/index.ts';
import type { TrafficConfig } from '../config/types.ts';
import type { Lease } from '../lock/index.ts';
import type { Balancer } from '../ports/ports.ts';
import { messageOf } from '../shared/text/thrown.ts';
import { holdArtifact, type DeployArtifact } from './context/deploy-artifact.ts';
import type { DeployContext, PlanContext, ProbeSetup } from './context/deploy-context.ts';
import { chosen, environmentOf, type Setting } from './context/setting.ts';
import { fencedStore } from './journal/fenced-store.ts';
import { retryingBalancer } from './journal/retry-while-away.ts';
import { account } from './report/account.ts';
import type { DeployReport } from './report/summary.ts';

/** Under `lease` it changes something; without one it is there to look. */
export async function planContext(
  setting: Setting,
  artifact: DeployArtifact,
  action: PlanContext['action'],
  lease: Lease | null = null,
): Promise<PlanContext> {
  const { config, open, log } = setting;
  const environment = environmentOf(config, setting.environment);
  const instances = chosen(environment, setting.only);
  const balancer = await balancerOf(setting, lease);
  return {
    ...open,
    ...artifact,
    ...{ action, config, environment, instances, balancer },
    store: await open.store(),
    log,
  };
}

/** One deploy or rollback under its lease, written down in the audit stream before and after. */
export async function withAudit(
  setting: Setting,
  lease: Lease,
  { artifact, action }: { readonly artifact: DeployArtifact; readonly action: PlanContext['action'] },
  work: (context: DeployContext) => Promise<DeployReport>,
): Promise<DeployReport> {
  const { config, open, log, signal, actor, only } = setting;
  const { shipped } = artifact;
  const environment = environmentOf(config, setting.environment).name;
  const settleArtifact = await holdArtifact(setting, shipped);
  const audit = openAudit({ app: config.app, actor }, { store: await open.store(), clock: open.clock, log });
  const intended = {
    action,
    environment,
    release: shipped.release,
    ...(only.length > 0 ? { target: only.join(', ') } : {}),
  };
  const id = await audit.intent(intended);
  try {
    const context = await planContext(setting, artifact, action, lease);
    const report = await work({ ...context, probe: probeOf(setting), lease, signal });
    if (report.end !== 'unchanged') await settleArtifact();
    await audit.outcome(id, account(report, { action, commit: shipped.commit, only }));
    return report;
  } catch (error) {
    const reasons = [messageOf(error)];
    await audit.outcome(id, { ...intended, outcome: 'failed', reasons });
    throw error;
  }
}

/** Without a lease it is there to be asked, not to change anything. */
export async function balancerOf(setting: Setting, lease: Lease | null): Promise<Balancer | null> {
  const { config, open, log, actor, environment } = setting;
  const traffic = servedBy(setting);
  if (!isBalanced(setting)) {
    if (traffic !== null) log.warn('no balancer: requests that reach an instance while it restarts are lost');
    return null;
  }
  const { app } = config;
  const shared = await open.store();
  const store = lease === null ? shared : fencedStore(shared, { app, environment }, lease);
  const ports = { ...open, store, clock: open.timer, log };
  const opened = openBalancer(config, ports, { by: actor.name });
  if (opened === null) return null;
  const real = open.balancer(() => opened);
  const lost = lease?.lost ?? new AbortController().signal;
  return retryingBalancer(real, { clock: open.timer, log, lost });
}

/** Whether a deploy of it takes instances out of the traffic. */
export function isBalanced(setting: Setting): boolean {
  const traffic = servedBy(setting);
  return traffic !== null && setting.balanced && traffic.balancer !== 'none';
}

/** Null: no probe runs beside it. */
export function probeOf(setting: Setting): ProbeSetup | null {
  const traffic = servedBy(setting);
  if (traffic === null || traffic.balancer === 'none' || !setting.probed) return null;
  const { path, everyMs } = traffic.probe;
  const { maxLost } = environmentOf(setting.config, setting.environment).rollout;
  return { url: `${traffic.url}${path}`, everyMs, maxLost };
}

/** The traffic that the environment takes part in; null when it does not. */
function servedBy({ config, environment }: Setting): TrafficConfig | null {
  const { traffic } = config;
  return traffic !== null && [traffic.stable, traffic.canary].includes(environment) ? traffic : null;
}
