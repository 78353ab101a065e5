/** A line `Match`: the criteria that run nothing, each with its negation. Pure. */
import { matchesHosts, matchesList } from './words/pattern.ts';
import { delimited } from './words/words.ts';

interface MatchInput {
  /** The host after any HostName. */
  readonly host: string;
  /** As it was asked for. */
  readonly original: string;
  readonly user: () => string;
  readonly localUser: () => string;
  /** The second time through, which `Match final` asks for. */
  readonly final: boolean;
  /** Whatever it says, none of its lines is active. */
  readonly never: boolean;
}

interface Matched {
  readonly result: boolean;
  /** It asks for a second time through. */
  readonly wantsFinal: boolean;
}

/** A text says why nobody but OpenSSH can tell. */
export function matchLine(text: string, input: MatchInput): Matched | string {
  // Versions of OpenSSH differ in these.
  if (/['\\]|\s=|=\s/.test(text)) return 'a quote, backslash or blank in Match is not read by Canopy';
  let rest: string | null = text;
  let result = true;
  let wantsFinal = false;
  let criteria = 0;
  while (rest !== null) {
    const cut = delimited(rest);
    if (cut === null) return 'a quote is not closed';
    if (cut.word === '') return 'Match has an empty criterion';
    rest = cut.rest === '' ? null : cut.rest;
    if (cut.word.startsWith('#')) break;
    const negated = cut.word.startsWith('!');
    const name = (negated ? cut.word.slice(1) : cut.word).toLowerCase();
    if (name === 'all') {
      if (criteria > 1 || (rest !== null && !rest.startsWith('#')))
        return 'Match all stands alone, or after canonical or final';
      return { result: result && !negated, wantsFinal };
    }
    criteria += 1;
    if (name === 'final' || name === 'canonical') {
      if (name === 'final' && negated) return 'Match !final is not supported';
      wantsFinal ||= name === 'final';
      result &&= input.final !== negated;
      continue;
    }
    const valued = valueOf(rest);
    if (valued === null) return `Match ${name} has no value`;
    rest = valued.rest;
    if (name === 'exec') {
      if (result && !input.never) return 'Match exec is not supported, it would run a program';
      continue;
    }
    const held = holds(name, valued.word.split(','), input);
    if (held === null) return `Match ${name} is not supported`;
    result &&= held !== negated;
  }
  return criteria === 0 ? 'Match has no criterion' : { result, wantsFinal };
}

function valueOf(rest: string | null): { readonly word: string; readonly rest: string | null } | null {
  const cut = rest === null ? null : delimited(rest);
  if (cut === null || cut.word === '' || cut.word.startsWith('#')) return null;
  return { word: cut.word, rest: cut.rest === '' ? null : cut.rest };
}

function holds(name: string, patterns: readonly string[], input: MatchInput): boolean | null {
  switch (name) {
    case 'host':
      return matchesHosts(patterns, input.host);
    case 'originalhost':
      return matchesHosts(patterns, input.original);
    case 'user':
      return matchesList(patterns, input.user());
    case 'localuser':
      return matchesList(patterns, input.localUser());
    default:
      return null;
  }
}
