/**
 * The grammar of the command line, the only one: words in, what was given for each parameter out. `--name VALUE`, `--name=VALUE`,
 * switches `--name`, `--no-name`, other words by their place, and after `--` nothing but those. Pure.
 */
import { suggest } from '../../shared/text/suggest.ts';
import type { Param, Params } from '../declare/params.ts';

interface Line {
  /** By the name of the parameter, not checked yet: text, true or false, or the texts of a list. */
  readonly given: Readonly<Record<string, unknown>>;
  /** `-h` or `--help` where an option may stand. */
  readonly help: boolean;
  readonly version: boolean;
  /** What cannot be understood. */
  readonly problems: readonly string[];
}

export const kebab = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** A parameter as the command line calls it: `--wait-for`, or `NAME` for a word. */
export const shown = (name: string, param: Param): string =>
  param.positional === undefined ? `--${kebab(name)}` : (param.placeholder ?? name.toUpperCase());

/** A dash of any kind: text that was pasted has others than `-`. A single `-` is a word, and so is a number below zero. */
const looksLikeOption = /^(?!-\.?\d)[-\u2010-\u2015\u2212]./;
const dashes = /^[-\u2010-\u2015\u2212]+/;
const anOption = /^--([A-Za-z][\w-]*(=|$)|$)/;
/** `--reason --dry-run` has forgotten the reason; `--reason=--dry-run` means it. */
const isValue = (next: string | undefined): next is string => next !== undefined && !anOption.test(next);
const pages: readonly string[] = ['-h', '--help', '--version'];

/** Never throws; whatever is wrong stands in `problems`, and the rest of the line is read all the same. */
export function readLine(all: Params, words: readonly string[]): Line {
  const reader = new WordReader(all);
  for (let at = 0; at < words.length;) at += reader.read(words, at);
  return reader;
}

class WordReader implements Line {
  readonly given: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  help = false;
  version = false;
  readonly problems: string[] = [];
  readonly #all: Params;
  readonly #byOption: ReadonlyMap<string, string>;
  /** Parameters that are words, those that are still to come. */
  readonly #places: string[];
  #onlyWords = false;

  constructor(all: Params) {
    this.#all = all;
    this.#byOption = new Map(Object.keys(all).map((name) => [kebab(name), name]));
    this.#places = Object.entries(all)
      .filter(([, param]) => param.positional !== undefined)
      .sort(([, a], [, b]) => (a.positional ?? 0) - (b.positional ?? 0))
      .map(([name]) => name);
  }

  /** Reads what begins at this word; says how many words that were. */
  read(words: readonly string[], at: number): number {
    const word = words[at] ?? '';
    const next = words[at + 1];
    if (this.#onlyWords || !looksLikeOption.test(word)) return this.#word(word);
    if (word === '--') {
      this.#onlyWords = true;
      return 1;
    }
    const [option, value] = cutAt(word);
    if (pages.includes(option)) return this.#page(option, value);
    const known = this.#named(option, '--');
    if (known !== undefined) return this.#option(known, option, value, next);
    const negated = this.#named(option, '--no-');
    if (negated !== undefined && this.#all[negated]?.type === 'boolean')
      return this.#negated(negated, option, value);
    return this.#unknown(option, value, next);
  }

  #named(option: string, prefix: string): string | undefined {
    return option.startsWith(prefix) ? this.#byOption.get(option.slice(prefix.length)) : undefined;
  }

  #word(word: string): number {
    const name = this.#places.shift();
    if (name === undefined) this.problems.push(`"${word}" is one word too many`);
    else this.#set(name, word);
    return 1;
  }

  #page(option: string, value: string | undefined): number {
    if (value !== undefined) this.problems.push(`${option} takes no value`);
    else if (option === '--version') this.version = true;
    else this.help = true;
    return 1;
  }

  #negated(name: string, option: string, value: string | undefined): number {
    if (value === undefined) this.#set(name, false);
    else this.problems.push(`${option} takes no value`);
    return 1;
  }

  #option(name: string, option: string, value: string | undefined, next: string | undefined): number {
    const param = this.#all[name];
    if (value !== undefined || param?.type === 'boolean') {
      this.#set(name, value ?? true);
      return 1;
    }
    if (next?.startsWith('-') !== false && param?.bare !== undefined) {
      this.#set(name, param.bare);
      return 1;
    }
    if (!isValue(next)) return this.#forgotten(option, next);
    this.#set(name, next);
    return 2;
  }

  /** An option without the value that it needs. */
  #forgotten(option: string, next: string | undefined): number {
    const meant = next === undefined || next === '--' ? '' : `; if ${next} is meant, write ${option}=${next}`;
    this.problems.push(`${option} needs a value${meant}`);
    return next === '--help' || next === '--version' ? 2 : 1;
  }

  /** The word after an option that does not exist was meant as its value. */
  #unknown(option: string, value: string | undefined, next: string | undefined): number {
    const known = [...this.#byOption.keys(), 'help', 'version'];
    const bare = option.replace(dashes, '').replace(/^no-(?=.)/, '');
    const near = suggest(bare, known, '--');
    this.problems.push(`there is no option ${option}${near}`);
    return value === undefined && next !== undefined && !/^-./.test(next) ? 2 : 1;
  }

  #set(name: string, value: unknown): void {
    const param = this.#all[name];
    const before = this.given[name];
    if (param?.type === 'list') {
      this.given[name] = [...((before as unknown[] | undefined) ?? []), value];
      return;
    }
    if (before !== undefined && String(before) !== String(value))
      this.problems.push(
        `${param ? shown(name, param) : name} is given twice, as ${quoted(before)} and as ${quoted(value)}`,
      );
    this.given[name] = value;
  }
}

const quoted = (value: unknown): string => (typeof value === 'string' ? `"${value}"` : String(value));

/** The option, and what stands behind its `=`. */
function cutAt(word: string): [string, string | undefined] {
  const at = word.indexOf('=');
  return at === -1 ? [word, undefined] : [word.slice(0, at), word.slice(at + 1)];
}
