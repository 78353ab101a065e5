/** Opens a server on its address. */
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Address } from '../config/types.ts';
import { fail } from '../errors.ts';
import type { Log } from '../ports/ports.ts';
import type { SocketHandle } from '../workers/index.ts';
import type { SiblingHandler } from './cluster/siblings.ts';
import { showAddress } from './setup/setup.ts';
import { listenFailure } from '../shared/system/listen-error.ts';

/** Connections that wait to be accepted. */
const BACKLOG = 2048;

/** Resolves with the address that it got (port 0: any free one). `given`: what is open already. Throws `router-listen`. */
export function listen(
  server: Server,
  address: Address,
  log: Log,
  given: SiblingHandler | null = null,
): Promise<Address> {
  return new Promise((resolve, reject) => {
    const shown = showAddress(address);
    server.on('error', (error: NodeJS.ErrnoException) => {
      // Later ones (no more file descriptors, say) concern one connection: the others go on.
      if (server.listening) log.warn(`${shown}: ${error.message}`);
      else
        reject(
          fail(
            'router-listen',
            { address: shown, ...listenFailure(error.code ?? '', error.message) },
            { cause: error },
          ),
        );
    });
    const host = address.host.replace(/^\[|\]$/g, '');
    const opened = (): void => {
      const bound = server.address() as AddressInfo;
      resolve({ host: bound.address, port: bound.port });
    };
    if (given?.take) resolve(taken(server, given.handle, given.take));
    else if (given !== null) server.listen(given.handle, BACKLOG, opened);
    else server.listen({ host, port: address.port, backlog: BACKLOG }, opened);
  });
}

function taken(server: Server, handle: SocketHandle, take: (server: Server) => void): Address {
  const bound = { address: '', port: 0 };
  handle.getsockname(bound);
  handle.close();
  take(server);
  return { host: bound.address, port: bound.port };
}
