/** A part of the file against its schema: all that is wrong with it, and what is left without that, so that the rules can judge it, too. Pure. */
import * as v from 'valibot';
import { problem, type Problem } from '../../errors/common.ts';
import { showPath, type Given, type Interpolated, type Path } from './interpolate.ts';
import { put } from './put.ts';
import { withoutMarks } from '../fields/scalar.ts';

interface Validated<T> {
  /** Null: what is wrong cannot be left out. */
  readonly output: T | null;
  readonly problems: readonly Problem[];
  /** Paths of keys that were left out, or that somebody may have meant by another word. */
  readonly broken: readonly string[];
}

/** One that is left out may show another: more often than this nobody tries. */
const most = 8;

/** Where a variable is missing, its key is judged as if a text stood there. `at` is where the part stands in the file. */
export function validate<S extends v.GenericSchema>(
  of: S,
  { value, missing }: Interpolated,
  at: Path,
  given: readonly Given[],
): Validated<v.InferOutput<S>> {
  const problems: Problem[] = [];
  const broken: string[] = [];
  let tree: unknown = value;
  let isFilled = false;
  for (let tries = 0; tries < most; tries += 1) {
    const parsed = v.safeParse(of, tree, { abortPipeEarly: true });
    if (parsed.success) return { output: parsed.output, problems, broken };
    const told = parsed.issues.filter((issue) => !missing.some(({ path }) => covers(path, pathOf(issue))));
    if (told.length === 0 && isFilled) break;
    if (told.length === 0) {
      isFilled = true;
      tree = missing.reduce((whole, { path }) => put(whole, path, '/missing/variable'), tree);
      continue;
    }
    // What is wrong only now is wrong because something was left out.
    if (broken.length === 0)
      problems.push(...told.map((issue) => tell(issue, [...at, ...pathOf(issue)], given)));
    const left = told.map((issue) => removable(issue, tree));
    if (left.includes(null)) return { output: null, problems, broken };
    const paths = left.filter((path) => path !== null);
    broken.push(...paths.map((path) => showPath([...at, ...path])));
    broken.push(...told.flatMap((issue) => suggested(issue, [...at, ...pathOf(issue)])));
    tree = paths.reduce((whole, path) => put(whole, path, path[0] === 'app' ? 'app' : undefined), tree);
  }
  const lacking = missing.map(({ path, name }) => ({ path: showPath([...at, ...path]), name }));
  return {
    output: null,
    problems: [...problems, ...lacking.map((item) => problem('config-variable', item, item.path))],
    broken,
  };
}

/** Whether a rule is broken because of a key that lacks its variable, or was left out: the same one, or that of its environment. */
export function explains(broken: string, rule: string, environments: readonly string[]): boolean {
  const own = environments.map((name) => `environments.${name}`).find((path) => isWithin(rule, path));
  if (own !== undefined && broken === `${own}.extends`) return true;
  const inherited = rule.slice(own?.length ?? 0).replace(/^\.instances\[\d+\]/, '');
  if ([rule, `${own ?? ''}${inherited}`].some((path) => isWithin(path, broken) || isWithin(broken, path)))
    return true;
  return explainsAfar(broken, rule, environments);
}

/** The same for keys of other sections. */
function explainsAfar(broken: string, rule: string, environments: readonly string[]): boolean {
  const isOfTraffic = ['traffic', 'canary', 'watch'].some((section) => isWithin(rule, section));
  // Without its environments and instances nobody knows what the traffic is for.
  if (['environments', ...environments.flatMap((one) => wholeOf(one))].includes(broken)) return isOfTraffic;
  if (isNamedIn(broken, rule)) return true;
  if (isWithin(broken, 'watch.targets') && isWithin(rule, 'watch.rules')) return true;
  const isTraffic = broken === 'traffic' || isWithin(broken, 'traffic.balancer');
  return isTraffic && (isOfTraffic || /\.(rollout|url)\b/.test(rule));
}

/** An entry that is left out is named by others; a key of one is not. */
function isNamedIn(broken: string, rule: string): boolean {
  const [, named] = /^(people|groups|messages|escalation)(\.webhooks)?(\.[^.[]+)?$/.exec(broken) ?? [];
  if (named === 'escalation') return /\bnotify$/.test(rule);
  return (
    (named !== undefined && isWithin(rule, 'escalation')) || (named === 'people' && isWithin(rule, 'groups'))
  );
}

const wholeOf = (name: string): string[] =>
  ['', '.instances', '.extends'].map((key) => `environments.${name}${key}`);

const isWithin = (path: string, of: string): boolean =>
  path === of || path.startsWith(`${of}.`) || path.startsWith(`${of}[`);

/** What has to go with this: of a key that has to be there all of its mapping, of an entry the whole list. Null: the file. */
function removable(issue: v.BaseIssue<unknown>, tree: unknown): Path | null {
  let path = pathOf(issue);
  if (path.length === 1 && path[0] === 'app') return path;
  if (path.length > 0 && valueAt(tree, path) === undefined) path = path.slice(0, -1);
  while (typeof path.at(-1) === 'number') path = path.slice(0, -1);
  return path.length === 0 ? null : path;
}

/** The key that was meant, perhaps. */
function suggested(issue: v.BaseIssue<unknown>, path: Path): string[] {
  const [, key] = /^unknown-key; did you mean (.+)\?\n/.exec(issue.message) ?? [];
  return key === undefined ? [] : [showPath([...path.slice(0, -1), key])];
}

function tell(issue: v.BaseIssue<unknown>, path: Path, given: readonly Given[]): Problem {
  const shown = showPath(path) || 'canopy.yml';
  if (issue.message.startsWith('unknown-key')) {
    const [suggestion = '', known = ''] = issue.message.slice('unknown-key'.length).split('\n');
    return problem('config-unknown-key', { path: shown, suggestion, known }, shown);
  }
  // What a variable gave may be a secret; which one it was, says more.
  const from = given.find((one) => showPath(one.path) === shown);
  const reason = withoutMarks(issue.message);
  const said = from ? reason.replace(/, not .*$/s, () => `, not what ${from.source} gives`) : reason;
  return problem('config-value', { path: shown, reason: said }, shown);
}

const pathOf = (issue: v.BaseIssue<unknown>): Path =>
  (issue.path ?? []).map((part) => part.key as string | number);

const covers = (outer: Path, inner: Path): boolean =>
  outer.every((part, index) => inner[index] === part) && inner.length >= outer.length;

const valueAt = (tree: unknown, path: Path): unknown =>
  path.reduce<unknown>((value, key) => (value as Record<string | number, unknown> | undefined)?.[key], tree);
