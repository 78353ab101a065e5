/** One case of a JUnit report: whether it passed, by all that it says about itself. Pure. */
import { cut } from '../shared/text/line.ts';

/** A tag: attributes begin with `@`, its text is `#text`; a tag without either arrives as a text. */
export type Tag = Readonly<Record<string, unknown>>;

interface CaseFound {
  readonly state: 'passed' | 'failed' | 'skipped';
  readonly name: string;
  /** What the first failure says, on one line; empty when it says nothing. */
  readonly message: string;
  readonly seconds: number;
  /** Elements that tell of a failure: a writer may count each of them in its suite. */
  readonly failures: number;
  /** Tries before the last one, as surefire and nextest write them. */
  readonly reruns: number;
  /** A status that is not known here: such a case has not passed. */
  readonly unknown: string | null;
}

export const rerunTags = ['flakyFailure', 'flakyError', 'rerunFailure', 'rerunError'] as const;

/**
 * Words by which writers tell how a case ended, as `status`, `result` or the name of an element in it: gtest, ctest, behave, Ginkgo,
 * Bazel, NUnit, QTest, TestRail and others. They are compared in small letters, without blanks and signs.
 */
const words = {
  passed: `pass passed ok success successful succeeded run ran complete completed executed done finished fixed`,
  skipped: `skip skipped ignore ignored disabled suppressed filtered excluded deselected explicit notrun notexecuted unexecuted
    untested untestedpending untestedundefined pending pendingwarn todo blocked inconclusive incomplete notapplicable
    inprogress wip retest xfail xfailed`,
  failed: `fail failed failure error errored broken undefined crash crashed panic panicked timeout timedout abort aborted
    interrupted killed cancelled canceled invalid notrunnable hookerror cleanuperror regression warning xpass xpassed`,
} as const;

type CaseState = keyof typeof words;

const states = new Map<string, CaseState>(
  (Object.keys(words) as CaseState[]).flatMap((state) =>
    words[state].split(/\s+/).map((word): [string, CaseState] => [word, state]),
  ),
);

const stateOf = (word: string): CaseState | undefined =>
  states.get(word.toLowerCase().replace(/[\s_./-]+/g, ''));

/** The worst of what its elements, its `status` and its `result` say. */
export function readCase(test: Tag, suite: string): CaseFound {
  const elements = Object.keys(test).filter((name) => !/^[@#]/.test(name) && listOf(test[name]).length > 0);
  const failing = elements.filter((name) => stateOf(name) === 'failed');
  const said = [test['@status'], test['@result']].filter(isWord);
  const marked = said.map((word) => stateOf(word));
  const skipped = marked.includes('skipped') || elements.some((name) => stateOf(name) === 'skipped');
  const unknown = skipped ? undefined : said[marked.indexOf(undefined)];
  const failed = failing.length > 0 || marked.includes('failed') || unknown !== undefined;
  return {
    state: failed ? 'failed' : skipped ? 'skipped' : 'passed',
    name: nameOf(test, suite),
    message: failed ? messageOf(failing.flatMap((name) => listOf(test[name]))) : '',
    seconds: number(test['@time']),
    failures: failing.reduce((sum, name) => sum + listOf(test[name]).length, 0),
    reruns: rerunTags.reduce((sum, name) => sum + listOf(test[name]).length, 0),
    unknown: unknown === undefined ? null : oneLine(unknown, 60),
  };
}

const isWord = (value: unknown): value is string => typeof value === 'string' && value.trim() !== '';

/** What stands below a name: nothing, one, or several. */
export const listOf = (value: unknown): readonly unknown[] =>
  Array.isArray(value) ? (value as unknown[]) : value === undefined ? [] : [value];

/** `1,234.5` too; what is no number counts for nothing. */
export function number(text: unknown): number {
  const value = Number(typeof text === 'string' ? text.replaceAll(',', '') : Number.NaN);
  return Number.isFinite(value) && value > 0 ? value : 0;
}

function nameOf(test: Tag, suite: string): string {
  const where = oneLine(isWord(test['@classname']) ? test['@classname'] : suite, 300);
  const name = isWord(test['@name']) ? oneLine(test['@name'], 300) : '';
  if (name === '') return where === '' ? 'a test without a name' : where;
  return where === '' || where === name ? name : `${where} > ${name}`;
}

/** `message`, or the text before the stack; writers for Go say no more than "Failed" in the first. */
export function messageOf(failures: readonly unknown[]): string {
  for (const failure of failures) {
    const tag: Tag =
      typeof failure === 'object' && failure !== null ? (failure as Tag) : { '#text': failure };
    const given = tag['@message'];
    const text = typeof tag['#text'] === 'string' ? (tag['#text'].split(/\n\s+at\s/)[0] ?? '') : '';
    const message = isWord(given) && !/^\s*(failed|build error)\s*$/i.test(given) ? given : text;
    if (message.trim() !== '') return oneLine(message.trim().replace(/\s+/g, ' '), 200);
  }
  return '';
}

const entities: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };
const colours = /\u001b\[[0-9;]*m/g;

/** The five entities of XML and characters by number, once; on one line. */
export const oneLine = (text: string, longest: number): string =>
  cut(
    text
      .replace(
        /&(?:(lt|gt|amp|quot|apos)|#(\d{1,7})|#x([0-9a-f]{1,6}));/gi,
        (whole, name?: string, dec?: string, hex?: string) => {
          if (name !== undefined) return entities[name.toLowerCase()] ?? whole;
          const code = dec === undefined ? Number.parseInt(hex ?? '', 16) : Number(dec);
          return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
        },
      )
      .replace(colours, '')
      .replace(/[\u0000-\u001f\u007f]+/g, ' '),
    longest,
  );
