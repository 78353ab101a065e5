/** What was opened, to be closed in the opposite order. */
import type { Log } from '../ports/ports.ts';
import { stackOf } from './text/thrown.ts';

export interface Closers {
  /** To be called before anything else is opened: then nothing stays open, whatever goes wrong. */
  add(what: string, close: () => unknown): void;
  /** Closes all; what cannot be closed is told and keeps nothing else open. Safe to call twice. Never rejects. */
  close(): Promise<void>;
}

export function openClosers(log: Pick<Log, 'warn'>): Closers {
  const open: { readonly what: string; readonly close: () => unknown }[] = [];
  return {
    add: (what, close) => void open.push({ what, close }),
    async close() {
      for (let one = open.pop(); one !== undefined; one = open.pop()) {
        try {
          await one.close();
        } catch (error) {
          const reason = stackOf(error);
          log.warn(`${one.what} could not be closed: ${reason}`);
        }
      }
    },
  };
}
