/**
 * A section of canopy.yml. Each key is declared once: how it is written, what it is when nobody wrote it, and the unit that its name
 * ends in once it is worked in (`drain: 30s` is `drainMs: 30_000`). The shape, the type and the defaults come from that. Pure.
 */
import * as v from 'valibot';
import { duration, object, size } from './fields.ts';

type Value = v.GenericSchema;

/** What a schema gives is nobody's to change. */
type Frozen<T> = T extends object ? { readonly [K in keyof T]: Frozen<T[K]> } : T;
/** What is written, once it is checked. */
export type OutputOf<S extends Value> = Frozen<v.InferOutput<S>>;

/** `E`: its piece of the schema; `Out`: what it is once it is worked in, under its name and `Unit`. */
interface Key<E extends Value, Out, Unit extends string = ''> {
  readonly entry: E;
  readonly unit: Unit;
  fill(written: v.InferOutput<E>): Out;
}

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- what a key takes is known to itself alone
type Keys = Readonly<Record<string, Key<any, unknown, string>>>;
type EntriesOf<K extends Keys> = { readonly [N in keyof K]: K[N]['entry'] };
type Written<K extends Keys> = Frozen<v.InferOutput<v.StrictObjectSchema<EntriesOf<K>, undefined>>>;
type MeaningOf<K extends Keys> = {
  readonly [N in keyof K & string as `${N}${K[N]['unit']}`]: ReturnType<K[N]['fill']>;
};

interface ConfigSection<K extends Keys> {
  readonly keys: K;
  /** For a section that holds these keys among others. */
  readonly entries: EntriesOf<K>;
  readonly schema: v.StrictObjectSchema<EntriesOf<K>, v.ErrorMessage<v.StrictObjectIssue>>;
  /** Works the defaults in. */
  fill(written: Written<K>): MeaningOf<K>;
}
/** What a section means, and how it is written. */
export type SectionOf<S> = S extends ConfigSection<infer K> ? MeaningOf<K> : never;
export type WrittenOf<S> = S extends ConfigSection<infer K> ? Written<K> : never;

export function section<const K extends Keys>(keys: K): ConfigSection<K> {
  const all = Object.entries(keys);
  const entries = Object.fromEntries(all.map(([name, { entry }]) => [name, entry])) as EntriesOf<K>;
  return {
    keys,
    entries,
    schema: object(entries) as ConfigSection<K>['schema'],
    fill: (written) =>
      Object.fromEntries(
        all.map(([name, one]) => [name + one.unit, one.fill((written as Record<string, unknown>)[name])]),
      ) as MeaningOf<K>,
  };
}

type Optional<S extends Value> = v.OptionalSchema<S, undefined>;

/** A key that may be left out: then it is that. */
export function key<S extends Value>(schema: S, fallback: OutputOf<S>): Key<Optional<S>, OutputOf<S>>;
export function key<S extends Value>(schema: S, fallback: null): Key<Optional<S>, OutputOf<S> | null>;
export function key<S extends Value>(schema: S, fallback: unknown): Key<Optional<S>, unknown> {
  return { entry: v.optional(schema), unit: '', fill: (written) => written ?? fallback };
}

/** A key that has to be there. */
export const needed = <S extends Value>(schema: S): Key<S, OutputOf<S>> => ({
  entry: schema,
  unit: '',
  fill: (written) => written as OutputOf<S>,
});

/** A key that means something else than what is written; `undefined` when nothing is. */
export const meant = <S extends Value, Out>(
  schema: S,
  fill: (written: v.InferOutput<S> | undefined) => Out,
): Key<Optional<S>, Out> => ({ entry: v.optional(schema), unit: '', fill });

/** A duration; milliseconds from here on. */
export const lasts = <D extends number | null>(
  fallback: D,
  schema: v.GenericSchema<unknown, number> = duration,
): Key<Optional<v.GenericSchema<unknown, number>>, number | D, 'Ms'> => ({
  entry: v.optional(schema),
  unit: 'Ms',
  fill: (written) => written ?? fallback,
});

/** A size; bytes from here on. */
export const sized = (
  fallback: number,
  schema: v.GenericSchema<unknown, number> = size,
): Key<Optional<v.GenericSchema<unknown, number>>, number, 'Bytes'> => ({
  entry: v.optional(schema),
  unit: 'Bytes',
  fill: (written) => written ?? fallback,
});

/** A section below this one: one that is left out is as if it were empty. */
export const nested = <K extends Keys>(
  below: ConfigSection<K>,
): Key<Optional<ConfigSection<K>['schema']>, MeaningOf<K>> =>
  meant(below.schema, (written) => below.fill((written ?? {}) as Written<K>)) as never;

/** The same, and null when it is left out. */
export const nestedOrNull = <K extends Keys>(
  below: ConfigSection<K>,
): Key<Optional<ConfigSection<K>['schema']>, MeaningOf<K> | null> =>
  meant(below.schema, (written) =>
    written === undefined ? null : below.fill(written as Written<K>),
  ) as never;
