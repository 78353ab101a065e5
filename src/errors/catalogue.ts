/** The catalogue whole: code -> message, hint, exit code. docs/errors.md is generated from it. */
import { analysisErrors } from './traffic/analysis.ts';
import { balancerErrors } from './traffic/balancer.ts';
import { canaryErrors } from './traffic/canary.ts';
import { configErrors } from './config.ts';
import { deployErrors } from './deploy.ts';
import { dockerErrors } from './servers/docker.ts';
import { artifactErrors } from './artifact.ts';
import { checkErrors } from './checks.ts';
import { flagErrors } from './flags.ts';
import { incidentErrors } from './incidents.ts';
import { initErrors } from './init.ts';
import { lockErrors } from './lock.ts';
import { machineErrors } from './servers/machine.ts';
import { messageErrors } from './messages.ts';
import { sshErrors } from './servers/ssh.ts';
import { stepErrors } from './step.ts';
import { storeErrors } from './store.ts';
import { trafficErrors } from './traffic/traffic.ts';

export const catalogue = {
  ...stepErrors,
  ...configErrors,
  ...sshErrors,
  ...machineErrors,
  ...storeErrors,
  ...lockErrors,
  ...artifactErrors,
  ...deployErrors,
  ...dockerErrors,
  ...trafficErrors,
  ...balancerErrors,
  ...canaryErrors,
  ...analysisErrors,
  ...flagErrors,
  ...incidentErrors,
  ...initErrors,
  ...checkErrors,
  ...messageErrors,
};

export type Code = keyof typeof catalogue;
