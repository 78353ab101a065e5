/** What a project says of itself: how it is built, tested, and what of it runs on a server. Pure. */
import { jsonIn, isObject } from '../record/record.ts';

export interface ProjectAnswers {
  /** Shell lines; none: nothing is built. */
  readonly build: readonly string[];
  /** The command of its tests; null: none is known. */
  readonly tests: string | null;
  readonly files: readonly string[];
}

/** What `npm init` writes where there are no tests. */
const noTests = /no test specified/;

/** `packageJson`: its text, null where there is none; `locked`: there is a package-lock.json. */
export function projectOf(packageJson: string | null, locked: boolean): ProjectAnswers {
  const found = packageJson === null ? null : jsonIn(packageJson, 1_000_000);
  const manifest = found?.ok === true && isObject(found.value) ? found.value : null;
  if (manifest === null) return { build: [], tests: null, files: ['.'] };
  const scripts = isObject(manifest['scripts']) ? manifest['scripts'] : {};
  const script = (name: string): string => {
    const line = Object.hasOwn(scripts, name) ? scripts[name] : '';
    return typeof line === 'string' ? line : '';
  };
  const install = locked ? 'npm ci' : 'npm install';
  const hasTests = script('test') !== '' && !noTests.test(script('test'));
  const tests = hasTests ? 'npm test' : null;
  if (script('build') !== '')
    return { build: [install, 'npm run build'], tests, files: ['dist', 'package.json'] };
  const needs = isObject(manifest['dependencies']) && Object.keys(manifest['dependencies']).length > 0;
  return { build: needs ? [`${install} --omit=dev`] : [], tests, files: ['.'] };
}
