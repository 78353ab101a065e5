import type { Random } from '../ports/ports.ts';

/** Random bytes of the operating system, good enough for secrets. */
export const realRandom: Random = {
  hex: (bytes) => Buffer.from(crypto.getRandomValues(new Uint8Array(bytes))).toString('hex'),
};
