import { randomBytes } from 'node:crypto';
import type { Random } from '../ports.ts';

/** Random bytes of the operating system, good enough for secrets. */
export const realRandom: Random = { hex: (bytes) => randomBytes(bytes).toString('hex') };
