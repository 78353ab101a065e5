/** Parameters of a step, as they are declared, and the types that follow from the declaration. */

export type ParamType = 'string' | 'integer' | 'boolean' | 'choice' | 'list' | 'percent' | 'duration';

export interface Param {
  readonly type: ParamType;
  /** One line, without a full stop. */
  readonly describe: string;
  readonly required?: boolean;
  readonly default?: string | number | boolean;
  /** What a `choice` may be. */
  readonly values?: readonly string[];
  /** Other words for a value of a `choice`: `{ analyze: 'analyse' }`. */
  readonly aliases?: Readonly<Record<string, string>>;
  /** Its place among the words of the command line, from 0. */
  readonly positional?: number;
  /** What stands for the value in the help: `FILE`, `NAME`. */
  readonly placeholder?: string;
  /** The value when the option is given without one: `--resume`. */
  readonly bare?: string;
  /** The values of the parameter `action` that use it; given with another one it is a usage error. All when left out. */
  readonly actions?: readonly string[];
  /** Free text for people that is written down somewhere: secrets in it are masked before anything sees it. */
  readonly free?: true;
}
export type Params = Readonly<Record<string, Param>>;

type Base<P extends Param> = P['type'] extends 'integer' | 'percent' | 'duration'
  ? number
  : P['type'] extends 'boolean'
    ? boolean
    : P['type'] extends 'list'
      ? readonly string[]
      : P['type'] extends 'choice'
        ? P extends { values: infer V extends readonly string[] }
          ? V[number]
          : string
        : string;

type DeclaredType<P extends Param> = P extends { required: true }
  ? Base<P>
  : P extends { default: string | number | boolean }
    ? Base<P>
    : P['type'] extends 'boolean'
      ? boolean
      : P['type'] extends 'list'
        ? readonly string[]
        : Base<P> | null;

/** Percentages as numbers of percent, durations in milliseconds; what was not given is null (false, empty list). */
export type Values<P extends Params> = { readonly [K in keyof P]: DeclaredType<P[K]> };
