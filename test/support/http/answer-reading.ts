/** What a reader of answers tells of bytes, as a text that tests compare. */
import type { AnswerHead } from '../../../src/shared/http/answer-head.ts';
import { AnswerReader } from '../../../src/shared/http/answer-reader.ts';

export interface AnswerReading {
  /** `interim`, `head` and `switched` with status and reason, `refused` with why, `end`; in turn. */
  readonly told: readonly string[];
  /** Names and values of the head, in turn. */
  readonly headers: readonly string[];
  readonly body: string;
  readonly trailers: readonly string[] | null;
  /** What did not belong to the answer. */
  readonly rest: string;
  readonly keepMs: number;
}

/** Reads one answer from its bytes, which come in these pieces; then the connection ends, if `ends`. */
export function readAnswer(
  pieces: readonly string[],
  { method = 'GET', switches = false, ends = false } = {},
): AnswerReading {
  const told: string[] = [];
  const said = (what: string, { status, reason }: AnswerHead): void =>
    void told.push(`${what} ${status} ${reason}`);
  let headers: readonly string[] = [];
  let trailers: readonly string[] | null = null;
  let body = '';
  let rest = '';
  const reader = new AnswerReader({
    onInterim: (head) => said('interim', head),
    onHead(head) {
      said('head', head);
      headers = head.headers;
    },
    onData: (chunk) => void (body += chunk.toString('latin1')),
    onEnd(found) {
      told.push('end');
      trailers = found;
    },
    onSwitched: (head) => said('switched', head),
    onRefused: (reason) => void told.push(`refused: ${reason}`),
  });
  reader.begin(method, switches);
  for (const piece of pieces) {
    const bytes = Buffer.from(piece, 'latin1');
    rest += bytes.toString('latin1', reader.push(bytes));
    // They are the giver's own again.
    bytes.fill('#');
  }
  if (ends && reader.endsByClose) reader.end();
  return { told, headers, body, trailers, rest, keepMs: reader.keepMs };
}
