/** Answers of the admin port, and what it says when it does not do what it is asked. Pure. */
import type { TokenVerdict } from './guard.ts';

export interface AdminAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** A value becomes JSON, a text stays one. */
  readonly body: object | string;
}

export function refused(verdict: Exclude<TokenVerdict, 'yes'>): AdminAnswer {
  const hint = 'send Authorization: Bearer TOKEN; the tokens stand in traffic.admin';
  switch (verdict) {
    case 'missing':
      return {
        ...refusal(401, 'token-missing', 'a token is needed', hint),
        headers: { 'www-authenticate': 'Bearer' },
      };
    case 'wrong':
      return {
        ...refusal(401, 'token-wrong', 'the token is not known', hint),
        headers: { 'www-authenticate': 'Bearer' },
      };
    case 'forbidden':
      return refusal(
        403,
        'forbidden',
        'this is not allowed',
        'an empty token refuses every change; alertToken may only POST /alert',
      );
    case 'limited':
      return {
        ...refusal(429, 'limited', 'too many wrong tokens', 'wait a second'),
        headers: { 'retry-after': '1' },
      };
  }
}

export const refusal = (status: number, code: string, message: string, hint: string): AdminAnswer => ({
  status,
  body: { error: { code, message, hint } },
});
