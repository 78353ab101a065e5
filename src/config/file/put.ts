import type { Path } from './interpolate.ts';

/** The tree with another value there; undefined takes the key away. */
export function put(tree: unknown, path: Path, value: unknown): unknown {
  const [head, ...rest] = path;
  if (head === undefined) return value;
  if (value === undefined && (typeof tree !== 'object' || tree === null)) return tree;
  if (Array.isArray(tree)) return tree.map((item, index) => (index === head ? put(item, rest, value) : item));
  const { [head]: before, ...others } = (tree ?? {}) as Record<string, unknown>;
  const after = put(before, rest, value);
  return after === undefined ? others : { ...others, [head]: after };
}
