/** `artifact`: what a release is made of. */
import * as v from 'valibot';
import { atLeastOne, flag, lines, list, text } from '../fields/fields.ts';
import { key, needed, section, type SectionOf } from '../fields/section.ts';

export const artifact = section({
  build: key(lines, []),
  files: needed(v.pipe(list(text, 'a list of files'), v.minLength(1, 'names no file'))),
  irreversible: key(flag, false),
  /** Nobody changes a file of a release in place. */
  immutable: key(flag, false),
  /** So many of the newest artifacts stay in the folder. */
  keep: key(atLeastOne, 10),
});
export type ArtifactConfig = SectionOf<typeof artifact>;
