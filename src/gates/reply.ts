/** What a webhook answers: its body where that gives a verdict, else its status. Pure. */
import type { GateAnswer } from './answer.ts';
import { jsonOf } from './json.ts';
import { lookUp } from '../shared/look-up.ts';

const words: Readonly<Record<string, GateAnswer['said']>> = {
  pass: 'yes',
  fail: 'no',
  inconclusive: 'unknown',
};

/** `type`: of the content, as the header has it. Status 0 (nobody answered) is not for this function. */
export function readReply(status: number, type: string, body: string): GateAnswer {
  if (status >= 300 && status < 400)
    return {
      said: 'error',
      reason: `it answers ${status}: a redirect, which is not followed; write the address it leads to`,
    };
  const { value, tooLong } = jsonOf(body);
  const { verdict, reason } = typeof value === 'object' && value !== null ? (value as WebhookReply) : {};
  const told = typeof reason === 'string' && reason.trim() !== '' ? reason : null;
  const said = typeof verdict === 'string' ? lookUp(words, verdict) : undefined;
  if (said !== undefined) return { said, reason: told ?? `it says ${String(verdict)}` };
  if (status < 200 || status >= 400) return { said: 'no', reason: told ?? `it answers ${status}` };
  // A verdict may stand in it: yes by the status alone would be a guess.
  if (verdict !== undefined)
    return { said: 'error', reason: `its verdict is none of ${Object.keys(words).join(', ')}` };
  const start = body.trimStart();
  if (value === undefined && start !== '' && (/\bjson\b/i.test(type) || start.startsWith('{')))
    return {
      said: 'error',
      reason: tooLong ? 'its answer is longer than 64 KiB' : 'its answer is no valid JSON',
    };
  return { said: 'yes', reason: told ?? `it answers ${status}` };
}

interface WebhookReply {
  readonly verdict?: unknown;
  readonly reason?: unknown;
}
