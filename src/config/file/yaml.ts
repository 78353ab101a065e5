import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  parseDocument,
  type ParsedNode,
  type Scalar,
  type YAMLError,
  type YAMLMap,
} from 'yaml';
import { failAll, problem, type Problem } from '../../errors/common.ts';
import { variable } from './interpolate.ts';
import { keepScalar } from '../fields/scalar.ts';

/** So many values may come of aliases: a text that names itself again and again would grow without end. */
const most = { copied: 10_000, depth: 100 };

/**
 * YAML 1.2 whatever the file says of itself, without the sets and times of 1.1: the build leaves those out. Keys are the same only
 * when they are written alike: 1.1 and 1.10 are two.
 */
const options = {
  prettyErrors: true,
  uniqueKeys: (a: unknown, b: unknown): boolean => isScalar(a) && isScalar(b) && wordsOf(a) === wordsOf(b),
  schema: 'core',
  resolveKnownTags: false,
} as const;

/**
 * YAML with `${…}` in it: inside `{ … }` a brace would begin another mapping, so each is taken out before the text is parsed
 * and put back into the values. Scalars are as scalar.ts says; aliases and merge keys (`<<`) are worked in. Throws `config-syntax`.
 */
export function parseYaml(text: string, file: string): unknown {
  const holes: string[] = [];
  const punched = text.replace(variable, (whole) => `CANOPYHOLE${holes.push(whole) - 1}X`);
  const restore = (value: string): string =>
    value.replace(/CANOPYHOLE(\d+)X/g, (_, at: string) => holes[Number(at)] ?? '');
  const syntax = (error: unknown): Problem =>
    problem('config-syntax', { file, reason: restore((error as Error).message).trim() });
  const document = parseDocument(punched, options);
  // Keys that stand twice are all told; other errors follow from the first.
  const isDoubled = ({ code }: YAMLError): boolean => code === 'DUPLICATE_KEY';
  const first = document.errors.find((error) => !isDoubled(error));
  const errors = document.errors.filter((error) => isDoubled(error) || error === first);
  if (errors.length > 0) throw failAll(errors.map(syntax));
  try {
    return new YamlReader(restore).read(document.contents) ?? {};
  } catch (error) {
    throw failAll([syntax(error)]);
  }
}

type Node = ParsedNode | null | undefined;

class YamlReader {
  readonly #anchors = new Map<string, Node>();
  readonly #restore: (text: string) => string;
  #copied = 0;
  #inside = 0;

  constructor(restore: (text: string) => string) {
    this.#restore = restore;
  }

  read(node: Node, depth = 0): unknown {
    if (this.#inside > 0) this.#copied += 1;
    if (this.#copied > most.copied || depth > most.depth)
      throw new Error('its aliases come to too much, or it is nested too deep');
    if (isAlias(node)) return this.#aliased(node, (from) => this.read(from, depth + 1));
    this.#remember(node);
    if (isMap(node)) return Object.fromEntries(this.#entries(node, depth));
    if (isSeq(node)) return node.items.map((item) => this.read(item as Node, depth + 1));
    return isScalar(node) ? this.#scalar(node) : null;
  }

  /** Those of `<<` first: what stands beside it wins. */
  #entries(map: YAMLMap, depth: number): [string, unknown][] {
    const merged: [string, unknown][] = [];
    const own: [string, unknown][] = [];
    for (const { key, value } of map.items) {
      if (isScalar(key) && key.type === 'PLAIN' && key.value === '<<')
        merged.push(...this.#merged(value as Node, depth));
      else own.push([this.#key(key), this.read(value as Node, depth + 1)]);
    }
    return [...merged, ...own];
  }

  /** Of several, an earlier one wins. */
  #merged(node: Node, depth: number): [string, unknown][] {
    if (depth > most.depth) throw new Error('it is nested too deep');
    if (isAlias(node)) return this.#aliased(node, (from) => this.#merged(from, depth + 1));
    this.#remember(node);
    if (isMap(node)) return this.#entries(node, depth + 1);
    if (isSeq(node)) return node.items.toReversed().flatMap((item) => this.#merged(item as Node, depth + 1));
    throw new Error('<< takes a mapping, or a list of mappings');
  }

  #aliased<T>(alias: Node, work: (from: Node) => T): T {
    this.#inside += 1;
    try {
      return work(this.#named(alias));
    } finally {
      this.#inside -= 1;
    }
  }

  /** A name may be given again further down: what is read once more by an alias gives none. */
  #remember(node: Node): void {
    if (this.#inside === 0 && node && 'anchor' in node && node.anchor) this.#anchors.set(node.anchor, node);
  }

  #named(node: Node): Node {
    if (!isAlias(node)) return node;
    const found = this.#anchors.get(node.source);
    if (found === undefined) throw new Error(`*${node.source} names an anchor that does not stand before it`);
    return found;
  }

  #key(key: unknown): string {
    this.#remember(key as Node);
    const node = this.#named(key as Node);
    if (!isScalar(node)) throw new Error('a key has to be one word or text');
    return this.#restore(wordsOf(node));
  }

  #scalar(node: Scalar): unknown {
    if (typeof node.value === 'string') return this.#restore(node.value);
    return keepScalar(node.value, wordsOf(node));
  }
}

/** What was written: of quoted and folded text what it says. */
const wordsOf = (node: Scalar): string =>
  typeof node.value === 'string' ? node.value : (node.source ?? String(node.value));
