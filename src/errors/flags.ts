import { entry } from './kit/entry.ts';

export const flagErrors = {
  'flag-name': entry<{ name: string }>(
    2,
    (d) => `"${d.name}" is no name of a flag`,
    () => `small letters, digits, - _ and . are fine, at most 64, and it begins with a letter`,
  ),
  'flag-state': entry<{ state: string }>(
    2,
    (d) => `a flag is on or off, not "${d.state}"`,
    () => `write on or off (true, false, 1 and 0 are understood too)`,
  ),
  'flag-unknown': entry<{ app: string; name: string; suggestion: string }>(
    1,
    (d) => `${d.app} has no flag ${d.name}${d.suggestion}`,
    () => `canopy flag list shows them; canopy flag set <name> on makes one`,
  ),
  'flag-contended': entry<{ name: string; tries: number }>(
    1,
    (d) => `the flag ${d.name} was changed by others ${d.tries} times while it was set`,
    () => `canopy flag get shows what it is now; set it again`,
    true,
  ),
};
