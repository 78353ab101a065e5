import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';

/** Hears each connection that a server of this process accepts on a port; what it returns ends that. */
export function onAccepted(port: number, hear: (socket: Socket) => void): () => void {
  const look = (message: unknown): void => {
    const { socket } = message as { readonly socket: Socket };
    if (socket.localPort === port) hear(socket);
  };
  subscribe('net.server.socket', look);
  return () => void unsubscribe('net.server.socket', look);
}
