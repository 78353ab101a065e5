/** A primary that keeps workers running behind listening sockets of its own. It knows nothing of what they do. */
export { givenSockets } from './connections/activation.ts';
export { askPrimary, openControl } from './control.ts';
export type { ListenAddress } from './connections/messages.ts';
export { Primary } from './primary.ts';
export { sameProgram } from './process.ts';
export { Sockets, type SocketHandle } from './connections/sockets.ts';
export { primaryOf, type PrimaryLink } from './primary-link.ts';
