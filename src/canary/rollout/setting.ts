import type { Setting } from '../../deploy/index.ts';

/** What the canary step is given: a deploy's setting without its environment. */
export type CanarySetting = Omit<Setting, 'environment' | 'only' | 'lease'>;
