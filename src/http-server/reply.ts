/** What a request is answered, and what is said when it is not done. Pure. */
import type { TokenVerdict } from './access.ts';

export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** A value becomes JSON; a text and bytes stay what they are. */
  readonly body: object | string | Buffer;
}

/** What people are told of the tokens of this port. */
export interface TokenHints {
  /** Where they stand. */
  readonly where: string;
  /** Which one may do what. */
  readonly forbidden: string;
}

export const refusal = (
  status: number,
  code: string,
  message: string,
  hint: string,
  headers?: Reply['headers'],
): Reply => ({
  status,
  ...(headers === undefined ? {} : { headers }),
  body: { error: { code, message, hint } },
});

export function refusedBy(verdict: Exclude<TokenVerdict, 'yes'>, hints: TokenHints): Reply {
  const hint = `send Authorization: Bearer TOKEN; ${hints.where}`;
  const challenge = { 'www-authenticate': 'Bearer' };
  switch (verdict) {
    case 'missing':
      return refusal(401, 'token-missing', 'a token is needed', hint, challenge);
    case 'wrong':
      return refusal(401, 'token-wrong', 'the token is not known', hint, challenge);
    case 'forbidden':
      return refusal(403, 'forbidden', 'this is not allowed', hints.forbidden);
    case 'limited':
      return refusal(429, 'limited', 'too many wrong tokens', 'wait a second', { 'retry-after': '1' });
  }
}
