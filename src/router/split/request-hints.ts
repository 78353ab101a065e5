/** What a request says about where it wants to go: read in one pass over its raw headers. Pure. */
import { valuesIn } from './sticky-cookie.ts';
import { ALWAYS, FREE, NEVER } from './arm.ts';

interface RequestHints {
  /** ALWAYS, NEVER, or FREE when the request asks for neither. */
  readonly wish: number;
  /** Values of our own cookie. */
  readonly cookies: readonly string[];
  /** The application's own id of the client; null: the request has none. */
  readonly id: string | null;
}

export interface LookFor {
  /** Name of our cookie. */
  readonly cookie: string;
  /** Header that overrides the split, in small letters; empty: none. */
  readonly header: string;
  /** Where the application's own id stands. */
  readonly id: { readonly from: 'header' | 'cookie'; readonly name: string } | null;
}

const noCookies: readonly string[] = [];
/** Longer ones are cut: what an id may be is the application's business, what it may cost is ours. */
const LONGEST_ID = 1024;

export function readHints(raw: readonly string[], { cookie, header, id }: LookFor): RequestHints {
  let wish = FREE;
  let cookies = noCookies;
  let found: string | null = null;
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] ?? '';
    if (name.length === 6 && name.toLowerCase() === 'cookie') {
      const value = raw[i + 1] ?? '';
      const own = valuesIn(value, cookie);
      if (own.length > 0) cookies = cookies.length === 0 ? own : [...cookies, ...own].slice(0, 4);
      if (id !== null && id.from === 'cookie') found ??= valuesIn(value, id.name)[0] ?? null;
    } else if (header !== '' && name.length === header.length && name.toLowerCase() === header) {
      wish = wishOf(raw[i + 1] ?? '');
    } else if (id !== null && id.from === 'header' && name.length === id.name.length) {
      if (name.toLowerCase() === id.name) found ??= (raw[i + 1] ?? '').trim();
    }
  }
  return { wish, cookies, id: found === null || found === '' ? null : found.slice(0, LONGEST_ID) };
}

function wishOf(value: string): number {
  const word = value.trim().toLowerCase();
  return word === 'always' ? ALWAYS : word === 'never' ? NEVER : FREE;
}
