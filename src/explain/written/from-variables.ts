/** What came from a variable or a file, as it stands in canopy.yml: in place of its value, which is nobody's to read here. Pure. */
import type { Loaded } from '../../config/index.ts';
import { variable } from '../../config/file/interpolate.ts';
import { withEnvironment } from '../../config/file/layers.ts';

type Tree = Readonly<Record<string, unknown>>;

/** A scalar that has to be written with its variables. */
class VariableScalar {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

export interface WrittenSources {
  /** The whole file. */
  readonly file: Tree;
  /** One instance, with what it takes over from its environment. */
  instance(environment: string, index: number): Tree;
}

/** The file with each scalar that asks for a variable marked; one whose variable is not set has its default. */
export function sourcesOf({ source, given }: Pick<Loaded, 'source' | 'given'>): WrittenSources {
  const set = new Set(given.map(({ name }) => name));
  const scalar = (text: string): unknown => {
    let asks = false;
    let lacks = false;
    const written = text.replace(
      variable,
      (whole, name: string | undefined, fallback: string | undefined) => {
        const isSet = name === undefined || set.has(name);
        if (!isSet && fallback !== undefined) return fallback;
        lacks ||= !isSet;
        asks = true;
        return whole;
      },
    );
    if (lacks) return text;
    return asks ? new VariableScalar(written) : written;
  };
  const walk = (value: unknown): unknown => {
    if (typeof value === 'string') return scalar(value);
    if (Array.isArray(value)) return value.map(walk);
    return isTree(value)
      ? Object.fromEntries(Object.entries(value).map(([key, item]) => [key, walk(item)]))
      : value;
  };
  const file = treeOf(walk(source));
  return {
    file,
    instance: (name, index) => {
      const environment = treeOf(treeOf(file['environments'])[name]);
      const { instances } = environment;
      return withEnvironment(environment, treeOf(Array.isArray(instances) ? instances[index] : undefined));
    },
  };
}

export const noSources: WrittenSources = { file: {}, instance: () => ({}) };

/** The written value, or what stands for it in the file. */
export function overlay(written: unknown, source: unknown): unknown {
  if (written === '[secret]' || written === undefined) return written;
  // A hook may be its command alone.
  if (isTree(written) && 'run' in written && !isTree(source))
    return { ...written, run: overlay(written['run'], source) };
  if (source instanceof VariableScalar) return source.text;
  // One line and a list of one are the same.
  if (Array.isArray(source) && !Array.isArray(written))
    return source.length === 1 ? overlay(written, source[0]) : written;
  if (Array.isArray(written))
    return written.map((item, at) => overlay(item, Array.isArray(source) ? source[at] : undefined));
  if (!isTree(written) || !isTree(source)) return written;
  return Object.fromEntries(Object.entries(written).map(([key, item]) => [key, overlay(item, source[key])]));
}

const isTree = (value: unknown): value is Tree =>
  value !== null && typeof value === 'object' && !Array.isArray(value) && !(value instanceof VariableScalar);
const treeOf = (value: unknown): Tree => (isTree(value) ? value : {});
