/** A primary that keeps workers running behind listening sockets of its own. It knows nothing of what they do. */
export { givenSockets } from './activation.ts';
export { askPrimary, openControl } from './control.ts';
export type { Answer, Place } from './messages.ts';
export { Primary, type PrimarySetup } from './primary.ts';
export { sameProgram, type Program } from './process.ts';
export { Sockets, type SocketHandle } from './sockets.ts';
export { primaryOf, type Primary as Line } from './worker.ts';
