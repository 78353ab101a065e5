/** Whoever splits the traffic, behind one port: the embedded router, HAProxy, or a user's own commands. */
export { commandsBalancer, type CommandsSetup } from './commands.ts';
export { haproxiesOf, type Haproxy } from './haproxies.ts';
export { haproxyBalancer, type HaproxyBalancer, type HaproxySetup } from './haproxy.ts';
export type { HostDrift } from './mend.ts';
export { tellView, type BalancerView } from './view.ts';
export { openBalancer, openHaproxy, refuseUnweighted, viewBalancer, type BalancerPorts } from './run.ts';
