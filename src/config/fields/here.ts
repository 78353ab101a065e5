/** What is on this machine. Pure. */
import type * as v from 'valibot';
import type { address } from './address.ts';

/** The folder of what this machine keeps: the one that is written, or below the state folder of the user. */
export const stateFolder = (
  written: string | null,
  app: string,
  at: { readonly home: string; readonly stateHome: string | null },
): string => (written ?? `${at.stateHome ?? '~/.local/state'}/canopy/${app}`).replace(/^~(?=\/|$)/, at.home);

/** An address that stands for all of a machine's is asked at its loopback. */
export function reached({ host, port }: v.InferOutput<typeof address>): string {
  const near = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  return near.includes(':') ? `[${near}]:${port}` : `${near}:${port}`;
}
