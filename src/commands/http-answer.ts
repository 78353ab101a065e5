/** What the programs of `httpRequest` print, as an answer. Pure. */
import type { HttpAnswer } from '../ports/ports.ts';
import { bodyLimit } from './http-request.ts';

interface Ended {
  readonly stdout: string;
  readonly stderr: string;
}

/** Null when the server has no program that could ask. Status 0 when there was no answer: the body says why. */
export function httpAnswer({ stdout, stderr }: Ended): HttpAnswer | null {
  const [, program, told] = [...stderr.matchAll(/^canopy: (\w+) (\d+)$/gm)].at(-1) ?? [];
  if (program === 'none') return null;
  if (program === undefined) return none('what was to ask was ended');
  const code = Number(told);
  const bytes = Buffer.from(stdout, /^canopy: plain$/m.test(stderr) ? 'utf8' : 'base64');
  const found = program === 'wget' ? apart(stderr, bytes) : split(bytes);
  const whole = found && bodyOf(found, program, code);
  if (found === null || whole === null) return none(reasonOf(program, code, stderr, found !== null));
  const body = whole.subarray(0, bodyLimit).toString('utf8');
  return { status: found.status, headers: found.headers, body };
}

/** wget prints the heads apart from the body, each line of them moved in. */
function apart(stderr: string, body: Buffer): (Head & { readonly body: Buffer }) | null {
  const head = headsOf(stderr);
  return head && { ...head, body };
}

interface Head {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
}

const none = (reason: string): HttpAnswer => ({ status: 0, headers: {}, body: reason });

/** Of what curl, bash, python3 and nc print: head, empty line, body. What comes ahead of the answer itself (1xx) is passed over. */
function split(bytes: Buffer): (Head & { readonly body: Buffer }) | null {
  for (let from = 0; ;) {
    const end = /\r?\n\r?\n/.exec(bytes.toString('latin1', from));
    if (end === null) return null;
    const head = headOf(bytes.toString('latin1', from, from + end.index).split(/\r?\n/));
    from += end.index + end[0].length;
    if (head === null) return null;
    if (head.status >= 200 || head.status === 101) return { ...head, body: bytes.subarray(from) };
  }
}

/** The first answer: busybox follows where it is led, and prints those heads too. */
function headsOf(stderr: string): Head | null {
  const lines = stderr.split('\n').filter((line) => line.startsWith('  '));
  const starts = lines.flatMap((line, at) => (/^ {2}HTTP\//.test(line) ? [at] : []));
  const heads = starts.map((at, index) =>
    headOf(lines.slice(at, starts[index + 1]).map((line) => line.slice(2).trimEnd())),
  );
  return heads.find((head) => head !== null && head.status >= 200) ?? null;
}

function headOf([first = '', ...lines]: readonly string[]): Head | null {
  const status = /^HTTP\/\d(?:\.\d)? (\d{3})(?: |$)/.exec(first)?.[1];
  if (status === undefined) return null;
  const headers = new Map<string, string>();
  for (const line of lines) {
    const at = line.indexOf(':');
    if (at < 1) continue;
    const [name, value] = [line.slice(0, at).toLowerCase(), line.slice(at + 1).trim()];
    const before = headers.get(name);
    headers.set(name, before === undefined ? value : `${before}, ${value}`);
  }
  return { status: Number(status), headers: Object.fromEntries(headers) };
}

/** Null for one that was cut. */
function bodyOf(
  { status, headers, body }: Head & { body: Buffer },
  program: string,
  code: number,
): Buffer | null {
  if (isRaw(program) && isChunked(headers)) return unchunked(body);
  if (body.length >= bodyLimit || isBodiless(status, program, body)) return body;
  const length = headers['content-length'] ?? '';
  if (/^\d+$/.test(length)) return body.length >= Number(length) ? body : null;
  // Without a length the end is where the other side closes: that it came to that, its program knows.
  return endings[program]?.includes(code) ? body : null;
}

/** These print an answer as it comes over the wire. */
const isRaw = (program: string): boolean => ['python3', 'bash', 'nc'].includes(program);

const isChunked = (headers: Head['headers']): boolean =>
  /\bchunked\b/i.test(headers['transfer-encoding'] ?? '');

/** busybox prints no body of an answer that is not 200, and wget none of one that leads elsewhere. */
const isBodiless = (status: number, program: string, body: Buffer): boolean =>
  status === 204 || status === 304 || (program === 'wget' && body.length === 0 && status !== 200);

/** Codes with which a program ends that has read an answer to its end. */
const endings: Readonly<Record<string, readonly number[]>> = {
  curl: [0],
  python3: [0],
  bash: [0],
  nc: [0],
  wget: [0, 8],
};

function unchunked(bytes: Buffer): Buffer | null {
  const parts: Buffer[] = [];
  let size = 0;
  for (let from = 0; size < bodyLimit;) {
    const end = bytes.indexOf('\r\n', from);
    const found = end < 0 ? null : /^([0-9a-f]{1,8})\s*(?:;|$)/i.exec(bytes.toString('latin1', from, end));
    const length = found?.[1] === undefined ? NaN : parseInt(found[1], 16);
    if (length === 0) break;
    const part = bytes.subarray(end + 2, end + 2 + length);
    if (!(part.length > 0) || (part.length < length && size + part.length < bodyLimit)) return null;
    parts.push(part);
    size += part.length;
    from = end + 2 + length + 2;
  }
  return Buffer.concat(parts);
}

function reasonOf(program: string, code: number, stderr: string, begun: boolean): string {
  const isLate = (program === 'curl' && code === 28) || [124, 142, 143].includes(code);
  if (isLate) return 'timed out';
  if (begun) return 'the answer was cut';
  const said = stderr
    .split('\n')
    .filter((line) => line.trim() !== '' && !/^(?:canopy: | {2})/.test(line))
    .at(-1);
  const told = `${said?.trim() ?? 'no answer'} (${program} ${code})`;
  // Newer ones do not say it in that word.
  return program === 'curl' && code === 7 && !/refused/i.test(told) ? `connection refused: ${told}` : told;
}
