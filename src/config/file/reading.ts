/** One reading of a canopy.yml: variables worked in, shapes checked, and all that is wrong so far. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import * as v from 'valibot';
import { problem, type Problem } from '../../errors/common.ts';
import { fileReason } from '../../shared/system/file-error.ts';
import { hiddenOf } from './hidden.ts';
import { interpolate, showPath, type Given, type Interpolated, type Path } from './interpolate.ts';
import type * as words from './validate.ts';

export interface Lacking {
  readonly path: string;
  readonly name: string;
}

/** Hears what must not be printed, before anything is said of the file. */
export type HearHidden = (texts: readonly string[]) => void;

/** How all that is wrong with a file is told (validate.ts). A file that is right never needs it. */
export type Words = Pick<typeof words, 'validate' | 'explains'>;

/** There is something to tell of this file. */
export class NotRight extends Error {
  override name = 'NotRight';
}

/** What is known of the file so far. */
export interface ConfigReading {
  readonly problems: Problem[];
  readonly missing: Lacking[];
  readonly given: Given[];
  /** Paths of what is wrong so far: rules are not asked about them. */
  readonly broken: string[];
  /** Notes problems with the keys at their paths. */
  tell(problems: readonly Problem[]): void;
  /** Works the variables of a part of the file in, and gives what is right of it. */
  validate<S extends v.GenericSchema>(of: S, part: unknown, at: Path): v.InferOutput<S> | null;
  read(path: string): { readonly text: string } | { readonly reason: string };
}

/** With nothing read yet. `text` is that of the file, in `folder`. */
export function readingOf(
  text: string,
  folder: string,
  env: Readonly<Record<string, string | undefined>>,
  hear: HearHidden,
  words: Words | null,
): ConfigReading {
  const read: ConfigReading['read'] = (path) => {
    try {
      return { text: readFileSync(resolve(folder, path), 'utf8') };
    } catch (error) {
      return { reason: fileReason(error) };
    }
  };
  const reading: ConfigReading = {
    problems: [],
    missing: [],
    given: [],
    broken: [],
    read,
    tell: (problems) => {
      reading.problems.push(...problems);
      reading.broken.push(...problems.flatMap(({ path }) => path ?? []));
    },
    validate: (of, part, at) => {
      const filled = fill(part, at);
      const found = words?.validate(of, filled, at, reading.given) ?? rightOf(of, filled);
      reading.problems.push(...found.problems);
      reading.broken.push(...found.broken);
      return found.output;
    },
  };
  const fill = (part: unknown, at: Path): Interpolated => {
    const filled = interpolate(part, { env, file: read });
    const shown = (path: Path): string => showPath([...at, ...path]);
    hear(hiddenOf(filled.given, text));
    reading.given.push(...filled.given.map((one) => ({ ...one, path: [...at, ...one.path] })));
    reading.missing.push(...filled.missing.map(({ path, name }) => ({ path: shown(path), name })));
    for (const { path, file, reason } of filled.unreadable)
      reading.tell([problem('config-file', { path: shown(path), file, reason }, shown(path))]);
    for (const { path, text: odd } of filled.malformed) {
      const reason = `${odd} is no variable: write \${env:NAME}, \${env:NAME:-default} or \${file:PATH}`;
      reading.tell([problem('config-value', { path: shown(path), reason }, shown(path))]);
    }
    return filled;
  };
  return reading;
}

/** Of a part that is right; where a variable is missing, the thorough way tells. */
function rightOf<S extends v.GenericSchema>(of: S, { value }: Interpolated) {
  const parsed = v.safeParse(of, value, { abortEarly: true });
  if (!parsed.success) throw new NotRight();
  return { output: parsed.output, problems: [], broken: [] };
}
