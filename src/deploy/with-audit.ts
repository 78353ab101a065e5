/** One deploy or rollback under its lease: with its balancer, and written down in the audit stream before and after. */
import { openAudit } from '../audit/index.ts';
import { openBalancer } from '../balancer/index.ts';
import type { TrafficConfig } from '../config/types.ts';
import type { Lease } from '../lock/index.ts';
import type { Balancer } from '../ports/ports.ts';
import { account } from './report/account.ts';
import { fencedStore } from './journal/fenced-store.ts';
import { retryingBalancer } from './journal/retry-while-away.ts';
import { holdArtifact } from './context/deploy-artifact.ts';
import type { DeployPorts } from './context/ports.ts';
import type { ProbeSetup } from './perform/probe.ts';
import type { DeployRequest } from './context/request.ts';
import { chosen, environmentOf, type Setting } from './context/setting.ts';
import type { DeployReport } from './report/summary.ts';
import { messageOf } from '../shared/text/thrown.ts';

type AuditedDeploy = Pick<
  DeployRequest,
  'action' | 'shipped' | 'size' | 'sound' | 'unblocks' | 'irreversible'
>;

export async function withAudit(
  setting: Setting,
  lease: Lease,
  given: AuditedDeploy,
  work: (request: DeployRequest, ports: DeployPorts) => Promise<DeployReport>,
): Promise<DeployReport> {
  const { config, open, log, signal, actor } = setting;
  const { action, shipped } = given;
  const environment = environmentOf(config, setting.environment);
  const settleArtifact = await holdArtifact(setting, shipped);
  const store = await open.store();
  const audit = openAudit({ app: config.app, actor }, { store, clock: open.clock, log });
  const intended = {
    action,
    environment: environment.name,
    release: shipped.release,
    ...(setting.only.length > 0 ? { target: setting.only.join(', ') } : {}),
  };
  const id = await audit.intent(intended);
  try {
    const report = await work(
      {
        ...given,
        config,
        environment,
        instances: chosen(environment, setting.only),
        balancer: await balancerOf(setting, lease),
        probe: probeOf(setting),
        lease,
        actor: actor.name,
        signal,
      },
      { ...open, store, log },
    );
    if (report.end !== 'unchanged') await settleArtifact();
    await audit.outcome(id, account(report, { action, commit: shipped.commit, only: setting.only }));
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
