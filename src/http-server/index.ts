/**
 * An HTTP port for people and programs who look after something (a router's admin port, the watcher): routes, tokens and limits
 * in as data; a server out. api.ts decides what a request is answered; access.ts who may do what; origin.ts whose page may ask.
 */
export { openAccess, type Access } from './access.ts';
export { answerTo, type Api } from './api.ts';
export { lastAnswers, serverCloser } from './closer.ts';
export { hostsOf } from './origin.ts';
export { refusal, type Reply } from './reply.ts';
export type { ApiCall, Routes } from './routes.ts';
export { openHttpServer } from './server.ts';
export { openSessions } from './sessions.ts';
