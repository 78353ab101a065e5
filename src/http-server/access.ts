/** Who may do what on a port: tokens, each of a role, and the rights that a role has. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { WrongTokens } from './wrong-tokens.ts';

interface RoleToken<Right extends string> {
  readonly role: string;
  /** Empty: nobody has this role by a token. */
  readonly token: string;
  readonly rights: readonly Right[];
}

export type TokenVerdict = 'yes' | 'missing' | 'wrong' | 'forbidden' | 'limited';

interface TokenCheck {
  readonly authorization: string | undefined;
  /** Known by another way than a token: a session, a proxy's login; null: it is not. */
  readonly role?: string | null;
  readonly address: string;
  /** Milliseconds. */
  readonly now: number;
}

export interface Access<Right extends string> {
  /** A token that is right is never limited, whatever came from its address before. */
  verdict(right: Right, asking: TokenCheck): TokenVerdict;
  /** The role of a token that somebody logs in with; else why not. */
  login(
    token: string,
    asking: Pick<TokenCheck, 'address' | 'now'>,
  ): { readonly role: string } | 'wrong' | 'limited';
}

/** `everybody`: rights that need no token. A right that only empty tokens give is nobody's. */
export function openAccess<Right extends string>(
  tokens: readonly RoleToken<Right>[],
  everybody: readonly Right[],
): Access<Right> {
  const known = tokens.map((one) => ({ ...one, digest: digestOf(one.token) }));
  const wrong = new WrongTokens();
  // All comparisons are always made: their number says nothing.
  const matching = (presented: Buffer | null): RoleToken<Right>[] =>
    known.filter((one) => same(presented, one.digest) && one.token !== '');
  return {
    verdict(right, { authorization, role = null, address, now }) {
      if (everybody.includes(right)) return 'yes';
      const presented = bearer(authorization);
      const own = [...matching(presented), ...tokens.filter((one) => one.role === role)];
      const gives = ({ rights }: RoleToken<Right>): boolean => rights.includes(right);
      if (own.some(gives)) return 'yes';
      if (own.length > 0 || !tokens.some((one) => one.token !== '' && gives(one))) return 'forbidden';
      if (presented === null) return 'missing';
      return wrong.tooMany(address, now) ? 'limited' : 'wrong';
    },
    login(token, { address, now }) {
      const [first] = matching(digestOf(token));
      if (first !== undefined) return { role: first.role };
      return wrong.tooMany(address, now) ? 'limited' : 'wrong';
    },
  };
}

function bearer(authorization: string | undefined): Buffer | null {
  const match = /^Bearer +(\S+) *$/i.exec(authorization ?? '');
  return match?.[1] === undefined ? null : digestOf(match[1]);
}

/** Digests are of one length, so the comparison takes the same time for every guess. */
const digestOf = (token: string): Buffer => createHash('sha256').update(token).digest();

const same = (presented: Buffer | null, digest: Buffer): boolean =>
  timingSafeEqual(presented ?? Buffer.alloc(32), digest);
