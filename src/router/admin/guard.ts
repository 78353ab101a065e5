/** Who may do what on the admin port. */
import { createHash, timingSafeEqual } from 'node:crypto';

export interface Tokens {
  /** May do everything. Empty: nobody may change anything. */
  readonly full: string;
  /** May raise the alert and nothing else. Empty: no such token. */
  readonly alert: string;
}

/** `open` is anybody's, `read` needs the full token where there is one, `alert` either token, `write` the full one. */
export type TokenNeed = 'open' | 'read' | 'alert' | 'write';
export type TokenVerdict = 'yes' | 'missing' | 'wrong' | 'forbidden' | 'limited';

interface TokenRequest {
  readonly authorization: string | undefined;
  readonly address: string;
  /** Milliseconds. */
  readonly now: number;
}

const WRONG_A_SECOND = 5;
const MOST_ADDRESSES = 10_000;
/** No address. */
const EVERYBODY_ELSE = '';

/** A token that is right is never limited, whatever came from its address before. */
export function openGuard(tokens: Tokens): (need: TokenNeed, asking: TokenRequest) => TokenVerdict {
  const full = digestOf(tokens.full);
  const alert = digestOf(tokens.alert);
  const wrong = new Map<string, readonly number[]>();

  return (need, asking) => {
    if (need === 'open') return 'yes';
    const presented = bearer(asking.authorization);
    // All comparisons are always made: their number says nothing.
    const isFull = same(presented, full) && tokens.full !== '';
    const isAlert = same(presented, alert) && tokens.alert !== '';
    if (isFull || (need === 'alert' && isAlert)) return 'yes';
    if (need === 'read' && tokens.full === '') return 'yes';
    if (isAlert) return 'forbidden';
    if (need !== 'read' && tokens.full === '' && !(need === 'alert' && tokens.alert !== ''))
      return 'forbidden';
    if (presented === null) return 'missing';
    return tooMany(wrong, asking) ? 'limited' : 'wrong';
  };
}

function bearer(authorization: string | undefined): Buffer | null {
  const match = /^Bearer +(\S+) *$/i.exec(authorization ?? '');
  return match?.[1] === undefined ? null : digestOf(match[1]);
}

/** Digests are of one length, so the comparison takes the same time for every guess. */
const digestOf = (token: string): Buffer => createHash('sha256').update(token).digest();

const same = (presented: Buffer | null, wanted: Buffer): boolean =>
  timingSafeEqual(presented ?? Buffer.alloc(32), wanted);

/**
 * Whether an address has sent too many in the last second. Who is forgotten first has been quiet the longest; while so many are
 * busy that none can be forgotten, all that are new share one count.
 */
function tooMany(wrong: Map<string, readonly number[]>, { address, now }: TokenRequest): boolean {
  const lately = (name: string): readonly number[] =>
    (wrong.get(name) ?? []).filter((at) => now >= at && now - at < 1000);
  if (!wrong.has(address) && wrong.size >= MOST_ADDRESSES) {
    for (const name of wrong.keys()) {
      if (lately(name).length > 0) break;
      wrong.delete(name);
    }
  }
  const name = wrong.has(address) || wrong.size < MOST_ADDRESSES ? address : EVERYBODY_ELSE;
  const recent = lately(name);
  if (recent.length >= WRONG_A_SECOND) return true;
  // At the end of the line: the first ones have been quiet the longest.
  wrong.delete(name);
  wrong.set(name, [...recent, now]);
  return false;
}
