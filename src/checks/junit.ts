/** JUnit XML: what the tests say. Pure. */
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { listOf, messageOf, number, oneLine, readCase, rerunTags, type Tag } from './junit-case.ts';

export interface TestsReport {
  readonly tests: number;
  readonly passed: number;
  /** Failures and errors, those too that a suite tells of without naming a test. */
  readonly failed: number;
  readonly skipped: number;
  readonly seconds: number;
  /** The first that failed, `suite > test`. */
  readonly failing: readonly string[];
  /** What each of these says, on one line. */
  readonly messages: readonly string[];
  /** Passed, but not at the first try. */
  readonly flaky: number;
  /** Skipped tests that are only declared: no case tells of them. */
  readonly declared: number;
  /** Tests that suites declare beside those that they list: they are not counted. */
  readonly unlisted: number;
  /** Words of cases for how they ended that are not known here; such cases count as failed. */
  readonly unknown: readonly string[];
}

/** The report, or why it is none. */
export function parseJunit(text: string): TestsReport | { readonly reason: string } {
  const xml = text.replace(/^\ufeff/, '');
  // Entities are never expanded, so a document type has nothing to say here that is meant well.
  if (hasDoctype(xml)) return { reason: 'it has a document type' };
  const valid = XMLValidator.validate(xml, { allowBooleanAttributes: false });
  if (valid !== true) return { reason: `line ${valid.err.line}: ${valid.err.msg}` };
  const root = read(xml);
  if ('reason' in root) return root;
  const suites = [...root.tree.testsuites, ...root.tree.testsuite];
  if (suites.length === 0) return { reason: 'it has no <testsuites> and no <testsuite>' };
  return suites.map(countSuite).reduce(addCounted, nothing).report;
}

/** Before the root stand only declarations and comments. */
function hasDoctype(xml: string): boolean {
  for (let at = 0; ;) {
    while (/\s/.test(xml.charAt(at))) at += 1;
    const close = xml.startsWith('<?', at) ? '?>' : xml.startsWith('<!--', at) ? '-->' : null;
    if (close === null) return xml.slice(at, at + 9).toUpperCase() === '<!DOCTYPE';
    const end = xml.indexOf(close, at);
    if (end === -1) return false;
    at = end + close.length;
  }
}

export const noTests: TestsReport = {
  ...{ tests: 0, passed: 0, failed: 0, skipped: 0, seconds: 0, failing: [], messages: [] },
  ...{ flaky: 0, declared: 0, unlisted: 0, unknown: [] },
};

/** How many failing tests, and unknown words, are named. */
const named = 20;
const wordsNamed = 5;

/** Shards: the sum of two reports. */
export const addTests = (a: TestsReport, b: TestsReport): TestsReport => ({
  tests: a.tests + b.tests,
  passed: a.passed + b.passed,
  failed: a.failed + b.failed,
  skipped: a.skipped + b.skipped,
  seconds: a.seconds + b.seconds,
  failing: joined(a.failing, b.failing),
  messages: joined(a.messages, b.messages),
  flaky: a.flaky + b.flaky,
  declared: a.declared + b.declared,
  unlisted: a.unlisted + b.unlisted,
  unknown: [...new Set(joined(a.unknown, b.unknown))].slice(0, wordsNamed),
});

const joined = (a: readonly string[], b: readonly string[]): readonly string[] =>
  b.length === 0 ? a : [...a, ...b].slice(0, named);

/** Always lists, also when there is one of them. */
const lists = ['testsuites', 'testsuite', 'testcase', 'failure', 'error', 'skipped', ...rerunTags] as const;
type Element = Tag & Readonly<Record<(typeof lists)[number], readonly unknown[]>>;

function read(xml: string): { readonly tree: Element } | { readonly reason: string } {
  const parser = new XMLParser({
    ignoreAttributes: false,
    attributeNamePrefix: '@',
    parseAttributeValue: false,
    parseTagValue: false,
    processEntities: false,
    isArray: (name, _path, _leaf, isAttribute) => !isAttribute && (lists as readonly string[]).includes(name),
  });
  try {
    return { tree: element(parser.parse(xml)) };
  } catch (error) {
    return { reason: (error as Error).message };
  }
}

/** A tag without content arrives as a text. */
const element = (value: unknown): Element => {
  const given = typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  return { ...given, ...Object.fromEntries(lists.map((name) => [name, listOf(given[name])])) } as Element;
};

interface CaseCounts {
  readonly report: TestsReport;
  /** Cases, those in nested suites too. */
  readonly cases: number;
  /** Elements that tell of failures: what `failures` and `errors` of a suite may count. */
  readonly failures: number;
  /** Tries: what `tests` of a suite may count. */
  readonly tries: number;
}

const nothing: CaseCounts = { report: noTests, cases: 0, failures: 0, tries: 0 };

const addCounted = (a: CaseCounts, b: CaseCounts): CaseCounts => ({
  report: addTests(a.report, b.report),
  cases: a.cases + b.cases,
  failures: a.failures + b.failures,
  tries: a.tries + b.tries,
});

/**
 * A suite with all that are nested in it. Cases are counted. What a suite declares beyond them never makes a test that has passed:
 * failures that no element tells of happened outside of its tests (a setup, a crash), skipped ones need not be listed
 * (mocha-junit-reporter), and the rest is skipped where there is no case at all. Elsewhere it is only told: Catch2 counts assertions as
 * `tests`, pytest subtests, mocha what --grep left out.
 */
function countSuite(start: unknown): CaseCounts {
  const suite = element(start);
  const name = typeof suite['@name'] === 'string' ? suite['@name'] : '';
  const own = suite.testcase.map((test) => countCase(element(test), name));
  const nested = [...suite.testsuite, ...suite.testsuites].map(countSuite);
  const sum = [...own, ...nested].reduce(addCounted, nothing);
  const beside = [...suite.failure, ...suite.error];
  const outside = Math.max(
    number(suite['@failures']) + number(suite['@errors']) - sum.failures,
    beside.length,
    0,
  );
  const skipped = Math.max(number(suite['@skipped']) - sum.report.skipped, 0);
  const missing = Math.max(number(suite['@tests']) - sum.tries - outside, sum.report.unlisted) - skipped;
  const rest = Math.max(missing, 0);
  const declared = skipped + (sum.cases === 0 ? rest : 0);
  const extra: TestsReport = {
    ...noTests,
    tests: outside + declared,
    failed: outside,
    skipped: declared,
    declared,
    ...(outside > 0
      ? failing(`${oneLine(name, 300) || 'a suite'} (outside of its tests)`, messageOf(beside))
      : {}),
  };
  const report = { ...addTests(sum.report, extra), unlisted: sum.cases === 0 ? 0 : rest };
  return { ...sum, report, failures: sum.failures + outside, tries: sum.tries + outside + declared };
}

const failing = (test: string, message: string): Pick<TestsReport, 'failing' | 'messages'> => ({
  failing: [test],
  messages: [message],
});

function countCase(test: Tag, suite: string): CaseCounts {
  const { state, name, message, seconds, failures, reruns, unknown } = readCase(test, suite);
  const report: TestsReport = {
    ...noTests,
    tests: 1,
    seconds,
    [state]: 1,
    flaky: state === 'passed' && reruns > 0 ? 1 : 0,
    unknown: unknown === null ? [] : [unknown],
    ...(state === 'failed' ? failing(name, message) : {}),
  };
  const told = Math.max(failures + reruns, state === 'failed' ? 1 : 0);
  return { report, cases: 1, failures: told, tries: 1 + reruns };
}
