/**
 * What Canopy says to Redis. The build leaves all other commands out of the client (scripts/build/packages.mjs): it makes two
 * methods of each at every start.
 */
import type { Redis } from 'ioredis';

/** Methods that the driver calls; anything else goes by `call`, which needs no method. */
export const ourCommands = [
  'del',
  'eval',
  'get',
  'ping',
  'publish',
  'scan',
  'subscribe',
  'unsubscribe',
  'xrevrange',
] as const;

/** What the client says itself: when it connects, when it subscribes anew, to a Sentinel. */
export const itsCommands = ['auth', 'client', 'hello', 'info', 'readonly', 'select', 'sentinel'] as const;

/** The client with what is left of it. */
export type Client = Pick<
  Redis,
  (typeof ourCommands)[number] | 'call' | 'connect' | 'disconnect' | 'off' | 'on' | 'once' | 'status'
>;
