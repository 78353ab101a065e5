/** Opens a server on its address. */
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Address } from '../config/types.ts';
import { fail } from '../errors.ts';
import type { Log } from '../ports.ts';
import { showAddress } from './setup.ts';

/** Resolves with the address that it got (port 0: any free one). Throws `router-listen`. */
export function listen(server: Server, address: Address, log: Log): Promise<Address> {
  return new Promise((resolve, reject) => {
    const shown = showAddress(address);
    server.on('error', (error) => {
      // Later ones (no more file descriptors, say) concern one connection: the others go on.
      if (server.listening) log.warn(`${shown}: ${error.message}`);
      else reject(fail('router-listen', { address: shown, reason: error.message }, { cause: error }));
    });
    const host = address.host.replace(/^\[|\]$/g, '');
    server.listen({ host, port: address.port, backlog: 2048 }, () => {
      const bound = server.address() as AddressInfo;
      resolve({ host: bound.address, port: bound.port });
    });
  });
}
