/**
 * A parser of requests written for the tests from RFC 9112: it knows nothing of Node's own. Strict, it takes what a
 * well-behaved proxy sends. Fair, it also takes what a client may send and what can be read in one way only: chunk
 * extensions, trailers, absolute targets, HTTP/1.0, white space around values and targets,
 * line ends before a request.
 */

export interface StrictMessage {
  readonly method: string;
  readonly target: string;
  /** Names in small letters, with values, in the order in which they came. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer;
}

const token = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const text = '[\\x21-\\x7e\\x80-\\xff](?:[\\t\\x20-\\x7e\\x80-\\xff]*[\\x21-\\x7e\\x80-\\xff])?';
const forms = {
  strict: {
    start: new RegExp(`^(${token}) (/[\\x21-\\x7e]*) HTTP/1\\.1$`),
    header: new RegExp(`^(${token}): ?(${text})?$`),
    size: /^([0-9a-f]{1,8})$/i,
    coding: /^chunked$/,
    trailers: false,
  },
  fair: {
    start: new RegExp(
      `^(${token}) +(?:https?://[^/?#@\\s]+)?([/?][\\x21-\\x7e\\x80-\\xff]*|) +HTTP/1\\.[01]$`,
      'i',
    ),
    header: new RegExp(`^(${token}):[\\t ]*(${text})?[\\t ]*$`),
    size: /^([0-9a-f]{1,16})[\t ]*(?:;[\t\x20-\x7e\x80-\xff]*)?$/i,
    coding: /^chunked$/i,
    trailers: true,
  },
};
type Form = typeof forms.strict;

/** Something that no well-behaved proxy sends. */
export class Violation extends Error {}

export class StrictParser {
  #rest = Buffer.alloc(0);
  readonly #form: Form;
  readonly #isFair: boolean;

  constructor(form: keyof typeof forms = 'strict') {
    this.#form = forms[form];
    this.#isFair = form === 'fair';
  }

  /** Whether bytes are left that are no whole message yet. */
  get isMiddle(): boolean {
    return this.#rest.length > 0;
  }

  /** The messages that are complete with this chunk; `found` hears each at once. Throws `Violation`. */
  push(chunk: Buffer, found: (message: StrictMessage) => void = () => undefined): StrictMessage[] {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    const out: StrictMessage[] = [];
    for (;;) {
      const one = this.#next();
      if (one === null) return out;
      found(one);
      out.push(one);
    }
  }

  #skipLineEnds(): void {
    let at = 0;
    while (this.#rest[at] === 0x0d || this.#rest[at] === 0x0a) at += 1;
    this.#rest = this.#rest.subarray(at);
  }

  #next(): StrictMessage | null {
    if (this.#isFair) this.#skipLineEnds();
    const end = this.#rest.indexOf('\r\n\r\n');
    if (end < 0) {
      if (this.#rest.length > 100_000) throw new Violation('a head without end');
      return null;
    }
    const [first = '', ...lines] = this.#rest.toString('latin1', 0, end).split('\r\n');
    const start = this.#form.start.exec(first);
    if (start === null) throw new Violation(`request line ${JSON.stringify(first)}`);
    const headers = lines.map((line) => {
      const found = this.#form.header.exec(line);
      if (found === null) throw new Violation(`header ${JSON.stringify(line)}`);
      return [(found[1] ?? '').toLowerCase(), found[2] ?? ''] as const;
    });
    const body = bodyOf(this.#rest.subarray(end + 4), headers, this.#form);
    if (body === null) return null;
    this.#rest = this.#rest.subarray(end + 4 + body.length);
    const path = start[2] ?? '';
    const target = path.startsWith('/') ? path : `/${path}`;
    return { method: start[1] ?? '', target, headers, body: body.bytes };
  }
}

/** The body and how many bytes it took; null: it is not complete. */
function bodyOf(
  rest: Buffer,
  headers: readonly (readonly [string, string])[],
  form: Form,
): { readonly bytes: Buffer; readonly length: number } | null {
  const of = (name: string): string[] => headers.filter(([key]) => key === name).map(([, value]) => value);
  const [lengths, codings, hosts] = [of('content-length'), of('transfer-encoding'), of('host')];
  if (hosts.length > 1) throw new Violation('more than one Host');
  if (lengths.length + codings.length > 1) throw new Violation('a length told twice');
  const [length] = lengths;
  if (length !== undefined) {
    if (!/^\d{1,15}$/.test(length)) throw new Violation(`length ${length}`);
    const size = Number(length);
    return rest.length < size ? null : { bytes: rest.subarray(0, size), length: size };
  }
  const [coding] = codings;
  if (coding === undefined) return { bytes: Buffer.alloc(0), length: 0 };
  if (!form.coding.test(coding)) throw new Violation(`coding ${coding}`);
  return chunksOf(rest, form);
}

function chunksOf(rest: Buffer, form: Form): { readonly bytes: Buffer; readonly length: number } | null {
  const parts: Buffer[] = [];
  let at = 0;
  for (;;) {
    const end = rest.indexOf('\r\n', at);
    if (end < 0) return null;
    const line = rest.toString('latin1', at, end);
    const digits = form.size.exec(line)?.[1];
    if (digits === undefined) throw new Violation(`chunk size ${JSON.stringify(line)}`);
    const size = Number.parseInt(digits, 16);
    if (size === 0) {
      const length = trailersOf(rest, end + 2, form);
      return length === null ? null : { bytes: Buffer.concat(parts), length };
    }
    if (rest.length < end + 2 + size + 2) return null;
    if (rest.toString('latin1', end + 2 + size, end + 4 + size) !== '\r\n')
      throw new Violation('a chunk without its end');
    parts.push(rest.subarray(end + 2, end + 2 + size));
    at = end + 4 + size;
  }
}

/** Where the trailers end that begin at `from`; a strict sender has none. */
function trailersOf(rest: Buffer, from: number, form: Form): number | null {
  let at = from;
  for (;;) {
    const end = rest.indexOf('\r\n', at);
    if (end < 0) return null;
    const line = rest.toString('latin1', at, end);
    if (line === '') return end + 2;
    if (!form.trailers || !form.header.test(line)) throw new Violation(`trailer ${JSON.stringify(line)}`);
    at = end + 2;
  }
}
