/** The small types of canopy.yml, as schema pieces: how a key is written, and what it becomes. */
import * as v from 'valibot';
import { suggest } from '../../shared/text/suggest.ts';
import { parseDuration, parsePercent, parseSize } from '../../shared/text/units.ts';
import { flagOf, meaningOf, numberOf, textOf, wordOf } from './scalar.ts';

type Entries = Parameters<typeof v.strictObject>[0];

/** An object whose unknown keys are errors with a suggestion. */
export const object = <const E extends Entries>(entries: E) =>
  reading(
    listApart,
    v.strictObject(entries, (issue) => {
      if (issue.expected === 'never') {
        const key = String(issue.path?.at(-1)?.key ?? '');
        return `unknown-key${suggest(key, Object.keys(entries))}\n${Object.keys(entries).join(', ')}`;
      }
      return wanted('a mapping of keys')(issue);
    }),
  );

/** A mapping whose keys a user chooses. */
export const mapping = <
  const K extends v.BaseSchema<string, string, v.BaseIssue<unknown>>,
  const V extends v.GenericSchema,
>(
  key: K,
  value: V,
) => reading(listApart, v.record(key, value, wanted('a mapping of keys')));

export const list = <const S extends v.GenericSchema>(item: S, what = 'a list') =>
  v.array(item, wanted(what));

/** The schema library takes a list for an object. */
const listApart = (value: unknown): unknown => (Array.isArray(value) ? Symbol('a list') : value);

/** Chosen by the form that was written, so that every problem inside is told with its own path; `all` is for editors. */
export const byForm = <const S extends v.GenericSchema>(
  all: S,
  choose: (input: unknown) => v.GenericSchema<unknown, v.InferOutput<S>>,
): v.GenericSchema<unknown, v.InferOutput<S>> =>
  // Without a value an editor's schema is made.
  v.lazy((input) =>
    input === undefined ? (all as v.GenericSchema<unknown, v.InferOutput<S>>) : choose(input),
  );

export const isMapping = (input: unknown): input is object =>
  input !== null && typeof input === 'object' && !Array.isArray(input);

type IssueText = string | ((issue: { received: string }) => string);
export const wanted = (what: string) => (issue: { received: string }) =>
  issue.received === 'undefined'
    ? 'is missing'
    : `must be ${what}, not ${kinds[issue.received] ?? issue.received}`;

const kinds: Readonly<Record<string, string>> = { Array: 'a list', symbol: 'a list', Object: 'a mapping' };

/** The schema, for what `read` makes of what was written. It stays the same for editors. */
export function reading<S extends v.GenericSchema>(read: (value: unknown) => unknown, schema: S): S {
  const run: S['~run'] = (dataset, config) =>
    schema['~run']({ ...dataset, value: read(dataset.value) } as typeof dataset, config);
  return { ...schema, '~run': run };
}

/** One of these begins every schema of a value, so that none of them sees how a scalar is kept. */
export const anyText = (message: IssueText = wanted('a text')) => reading(textOf, v.string(message));
export const anyNumber = (message: IssueText = wanted('a number')) => reading(numberOf, v.number(message));
export const typed = (message: IssueText) => reading(meaningOf, v.string(message));
/** Where `false` is a word for off. */
export const off = reading(flagOf, v.literal(false));

export const text = v.pipe(anyText(), v.minLength(1, 'must not be empty'));
export const flag = reading(flagOf, v.boolean(wanted('true or false')));
export const count = v.pipe(
  anyNumber(),
  v.integer('must be a whole number'),
  v.minValue(0, 'must be 0 or more'),
);
export const port = v.pipe(
  anyNumber(wanted('a port')),
  v.integer('must be a whole number'),
  v.minValue(1, 'must be 1 to 65535'),
  v.maxValue(65535, 'must be 1 to 65535'),
);

/** `500ms 30s 5m` -> milliseconds. */
export const duration = v.pipe(
  typed(wanted('a duration like 500ms, 30s or 5m')),
  v.rawTransform(({ dataset, addIssue, NEVER }) => {
    const value = parseDuration(dataset.value);
    if (value !== null) return value;
    addIssue({ message: `must be a duration like 500ms, 30s or 5m, not "${dataset.value}"` });
    return NEVER;
  }),
);

/** `64MB` -> bytes. */
export const size = v.pipe(
  typed(wanted('a size like 64MB')),
  v.rawTransform(({ dataset, addIssue, NEVER }) => {
    const value = parseSize(dataset.value);
    if (value !== null) return value;
    addIssue({ message: `must be a size like 64MB or 1GB, not "${dataset.value}"` });
    return NEVER;
  }),
);

/** `33%` -> 33. */
export const percent = v.pipe(
  typed(wanted('a percentage like 33%')),
  v.rawTransform(({ dataset, addIssue, NEVER }) => {
    const value = parsePercent(dataset.value);
    if (value !== null) return value;
    addIssue({ message: `must be a percentage from 0% to 100%, not "${dataset.value}"` });
    return NEVER;
  }),
);

/** A name of an environment, an instance, a unit. */
export const name = v.pipe(
  text,
  v.regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/, 'must be a name of letters, digits, . _ and -'),
);
export const atLeastOne = v.pipe(count, v.minValue(1, 'must be 1 or more'));
export const urlPath = v.pipe(text, v.startsWith('/', 'must begin with /'));

/** A share of the requests: `33%`, `0.5%`. */
export const weight = v.pipe(
  percent,
  v.check((value) => Math.round(value * 10) / 10 === value, 'must have at most one decimal, like 33.3%'),
);

/** `2` or `25%`. */
export const share = v.union(
  [
    v.pipe(
      anyNumber(),
      v.integer(),
      v.minValue(1),
      v.transform((value) => ({ count: value })),
    ),
    v.pipe(
      typed('no text'),
      v.check((value) => (parsePercent(value) ?? 0) > 0),
      v.transform((value) => ({ percent: parsePercent(value) ?? 0 })),
    ),
  ],
  'must be a number from 1, or a percentage like 25%',
);

const wrongShares = 'must be a number from 1, a percentage like 25%, or a list of them like [1, 25%, 100%]';

/** One share, or several that follow each other. */
export const shares = v.union(
  [
    v.pipe(
      share,
      v.transform((one) => [one]),
    ),
    v.pipe(v.array(share), v.minLength(1, wrongShares)),
  ],
  wrongShares,
);

const wrongLines = 'must be one shell line or a list of lines';

/** One shell line, or a list of lines. */
export const lines = v.union(
  [
    v.pipe(
      text,
      v.transform((line) => [line]),
    ),
    v.pipe(v.array(text), v.minLength(1, wrongLines)),
  ],
  wrongLines,
);

/** One text, or a list of texts. */
export const texts = v.union(
  [
    v.pipe(
      text,
      v.transform((one) => [one]),
    ),
    v.array(text),
  ],
  'must be a text or a list of texts',
);

export const oneOf = <const W extends readonly string[]>(words: W) =>
  reading(textOf, v.picklist(words, wanted(words.join(' or '))));

/** A folder on the server, absolute and without `..`: it is deleted below. */
export const serverPath = v.pipe(
  text,
  v.regex(/^\/[^\0\n]*$/, 'must be an absolute path'),
  v.check((value) => !value.split('/').includes('..'), 'must not hold ..'),
  v.check(
    (value) => value.replace(/\/+$/, '').split('/').length > 2,
    'must be at least two folders deep, like /srv/shop',
  ),
  v.transform((value) => value.replace(/\/+$/, '')),
);

/** What may stand below `shared`: relative, without `..`; a slash at the end means a folder. */
export const sharedPath = v.pipe(
  text,
  v.check(
    (value) =>
      !value.startsWith('/') &&
      !value.split('/').some((part) => part === '..' || part === '.') &&
      !/[\0\n]/.test(value),
    'must be a relative path without . and ..',
  ),
);

const oneLine = 'must be one line of text; a text that is folded begins with >-';

/** The first form takes all of them as they are written; the others are for editors. */
export const variables = mapping(
  v.pipe(v.string(), v.regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'is no name of a variable')),
  v.union(
    [
      v.pipe(
        reading(wordOf, v.string()),
        v.check((value) => !/[\0\n]/.test(value), oneLine),
      ),
      v.pipe(v.number(), v.transform(String)),
      v.pipe(v.boolean(), v.transform(String)),
    ],
    oneLine,
  ),
);
