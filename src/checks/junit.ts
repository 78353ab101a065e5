/** JUnit XML: what the tests say. Pure. */
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { cut } from '../line.ts';

export interface TestsReport {
  readonly tests: number;
  readonly passed: number;
  /** Failures and errors, those too that a suite declares without naming a test. */
  readonly failed: number;
  readonly skipped: number;
  readonly seconds: number;
  /** The first that failed, `suite > test`. */
  readonly failing: readonly string[];
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
  return suites.map(countSuite).reduce(addTests, noTests);
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

export const noTests: TestsReport = { tests: 0, passed: 0, failed: 0, skipped: 0, seconds: 0, failing: [] };

/** How many failing tests are named. */
const named = 20;

/** Shards: the sum of two reports. */
export const addTests = (a: TestsReport, b: TestsReport): TestsReport => ({
  tests: a.tests + b.tests,
  passed: a.passed + b.passed,
  failed: a.failed + b.failed,
  skipped: a.skipped + b.skipped,
  seconds: a.seconds + b.seconds,
  failing: [...a.failing, ...b.failing].slice(0, named),
});

interface Element {
  readonly [name: `@${string}`]: string | undefined;
  readonly testsuites: readonly Element[];
  readonly testsuite: readonly Element[];
  readonly testcase: readonly Element[];
  readonly failure: readonly unknown[];
  readonly error: readonly unknown[];
  readonly skipped: readonly unknown[];
}

const lists = ['testsuites', 'testsuite', 'testcase', 'failure', 'error', 'skipped'] as const;

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
  const filled = Object.fromEntries(lists.map((name) => [name, given[name] ?? []]));
  return { ...given, ...filled } as unknown as Element;
};

/** A suite with all that are nested in it. */
function countSuite(start: unknown): TestsReport {
  const suite = element(start);
  const own = suite.testcase.map((test) => countTest(element(test), suite['@name'] ?? ''));
  const nested = [...suite.testsuite, ...suite.testsuites].map(countSuite);
  const sum = [...own, ...nested].reduce(addTests, noTests);
  // A suite that broke outside of a test says so in itself, or only in its numbers.
  const declared = number(suite['@failures']) + number(suite['@errors']);
  const unnamed = Math.max(declared - sum.failed, suite.failure.length + suite.error.length, 0);
  if (unnamed === 0) return sum;
  const failing = [`${decode(suite['@name'] ?? 'a suite')} (outside of its tests)`];
  return addTests(sum, { ...noTests, tests: unnamed, failed: unnamed, failing });
}

function countTest(test: Element, suite: string): TestsReport {
  const one = { ...noTests, tests: 1, seconds: number(test['@time']) };
  if (test.failure.length + test.error.length > 0) {
    const where = decode(test['@classname'] ?? suite);
    const name = decode(test['@name'] ?? 'a test without a name');
    return { ...one, failed: 1, failing: [where === '' || where === name ? name : `${where} > ${name}`] };
  }
  const state = `${test['@status'] ?? ''} ${test['@result'] ?? ''}`.toLowerCase();
  const skipped = test.skipped.length > 0 || /notrun|skipped|disabled|suppressed/.test(state);
  return skipped ? { ...one, skipped: 1 } : { ...one, passed: 1 };
}

/** `1,234.5` too; what is no number counts for nothing. */
function number(text: string | undefined): number {
  const value = Number((text ?? '').replaceAll(',', ''));
  return Number.isFinite(value) && value > 0 ? value : 0;
}

const entities: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

/** The five entities of XML and characters by number, once; on one line. */
const decode = (text: string): string =>
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
      .replace(/[\u0000-\u001f\u007f]+/g, ' '),
    300,
  );
