/** Upgrades (WebSocket): the handshake is an exchange like any other; once the instance agrees bytes pass both ways. */
import type { Duplex } from 'node:stream';
import { responseHeaders } from '../http/headers.ts';
import { interimHead } from '../http/informational.ts';
import { Pipe } from '../long-lived/pipe.ts';
import type { Upgrade } from '../http/outgoing.ts';
import type { Timeouts } from '../long-lived/timeouts.ts';

/** `head`: what the client had already sent behind the handshake. */
export function tunnelFor(watch: Timeouts, protocol: string, client: Duplex, head: Buffer): Upgrade {
  return {
    protocol,
    opened({ head: { status, reason, headers }, member, socket, first, over }) {
      const own = ['connection', 'Upgrade', 'upgrade', agreed(headers) ?? protocol];
      const told = [...responseHeaders(headers, null, false), ...own];
      client.write(interimHead(status, reason, told), 'latin1');
      const link = new Pipe(member, client, socket, () => {
        watch.unsettle(link);
        over();
      });
      watch.settle(link);
      link.open(first, head);
    },
  };
}

/** The protocol that the instance names. */
function agreed(headers: readonly string[]): string | null {
  const at = headers.findIndex((name, index) => index % 2 === 0 && name.toLowerCase() === 'upgrade');
  return at < 0 ? null : (headers[at + 1] ?? null);
}
