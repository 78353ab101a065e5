export { haproxiesOf } from './haproxies.ts';
export { HaproxyBalancer } from './haproxy.ts';
export { tellView, type BalancerView } from './view.ts';
export { openBalancer, openHaproxy, refuseUnweighted, viewBalancer, type BalancerPorts } from './run.ts';
