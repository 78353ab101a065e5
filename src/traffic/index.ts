/** The shared traffic state and the drain handshake over the store. */
export type { Alert } from './alert.ts';
export { alarmed, apply, merge, rearmed, type Change } from './change.ts';
export { COUNTED_MS, countedBy, parseCounted, tellCounted, type CountedBy } from './counting.ts';
export { drainProgress, lateRouters, readyProgress, type Progress, type Version } from './decide.ts';
export { storeBalancer, type BalancerSetup } from './handshake.ts';
export { isWeight, parseState, publicText, stateRecord, toText } from './record.ts';
export { LEASE_MS, leasesAt, liveRouters, parseLease, type RouterLease, type Seen } from './routers.ts';
export { change, changeFrom, isReadable, publish, push, read, type StatePorts } from './run.ts';
export { initial, isOpen, shareOf, type First, type Note, type TrafficState } from './state.ts';
