/** `checks`: what a commit has to pass. */
import { count, lines, percent, texts } from '../fields/fields.ts';
import { key, needed, nestedOrNull, section, type SectionOf } from '../fields/section.ts';

const reported = { run: key(lines, []), report: needed(texts) };

const tests = section({
  ...reported,
  minPassRate: key(percent, 100),
  maxSkipped: key(count, null),
});
/** Null: not asked for. */
const coverage = section({
  ...reported,
  lines: key(percent, null),
  branches: key(percent, null),
  functions: key(percent, null),
  statements: key(percent, null),
});
const lint = section({
  ...reported,
  maxErrors: key(count, 0),
  maxWarnings: key(count, null),
});
export type TestsCheck = SectionOf<typeof tests>;
export type CoverageCheck = SectionOf<typeof coverage>;
export type LintCheck = SectionOf<typeof lint>;

export const checks = section({
  tests: nestedOrNull(tests),
  coverage: nestedOrNull(coverage),
  lint: nestedOrNull(lint),
});
export type ChecksConfig = SectionOf<typeof checks>;
