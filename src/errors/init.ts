import { entry } from './kit/entry.ts';

export const initErrors = {
  'init-exists': entry<{ file: string }>(
    2,
    (d) => `${d.file} exists already`,
    () => `canopy explain config checks it; move it away to begin anew`,
  ),
};
