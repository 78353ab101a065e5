/** Which form of a choice stands in canopy.yml. Rooms that need nothing else of its sections load nothing else. Pure. */
import { lookUp } from '../../shared/look-up.ts';
import type { GateServer } from './asked-server.ts';

export type BalancerKind = 'router' | 'none' | 'haproxy' | 'commands';
type Balanced = 'router' | 'none' | { readonly haproxy: unknown } | { readonly commands: unknown };

/** `router`, `none`, `haproxy` or `commands`. */
export const balancerKindOf = (choice: Balanced): BalancerKind =>
  typeof choice === 'string' ? choice : 'haproxy' in choice ? 'haproxy' : 'commands';

/** The name of an instance's server in the backend. */
export const serverOf = (servers: Readonly<Record<string, string>>, instance: string): string =>
  lookUp(servers, instance) ?? instance;

interface GateForms {
  readonly name: string;
  readonly prometheus?: GateServer;
  readonly webhook?: GateServer;
}

/** Whom a gate asks; null for a command. */
export const askedServer = ({ prometheus, webhook }: GateForms): GateServer | null =>
  prometheus ?? webhook ?? null;
