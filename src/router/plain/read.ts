/**
 * Reads a request that is nothing but usual: GET or HEAD without a body, a path, one Host, and headers each in one form
 * only. Pure. Null for all else, however valid: Node's parser reads that. So what is read here has one meaning, which is
 * the one that Node's parser finds too (test/soak/fuzz/plain-fuzz.ts compares them).
 */

export interface PlainHead {
  readonly method: 'GET' | 'HEAD';
  /** The target, a path with or without a query. */
  readonly url: string;
  readonly host: string;
  /** Names and values as they came, in turn. */
  readonly rawHeaders: readonly string[];
}

const line = /(GET|HEAD) (\/[!-"$-~]*) HTTP\/1\.1\r\n/y;
/** A value has one space before it and none behind it (RFC 9112, 5.1 would take any number). */
const field = /([\w!#$%&'*+.^`|~-]+): ([!-~\x80-\xff](?:[\t -~\x80-\xff]*[!-~\x80-\xff])?)\r\n/y;

/** What changes how a message or its connection is read. */
const unusual = new Set([
  'content-length',
  'transfer-encoding',
  'connection',
  'proxy-connection',
  'keep-alive',
  'upgrade',
  'http2-settings',
  'expect',
  'te',
  'trailer',
]);

/** `text`: all that has come of a connection, byte by byte as latin1. */
export function readPlain(text: string): PlainHead | null {
  line.lastIndex = 0;
  const start = line.exec(text);
  if (start === null) return null;
  const rawHeaders: string[] = [];
  let host: string | null = null;
  let at = line.lastIndex;
  for (;;) {
    field.lastIndex = at;
    const found = field.exec(text);
    if (found === null) break;
    const [, name, value] = found as unknown as [string, string, string];
    const key = name.toLowerCase();
    if (key === 'host') {
      if (host !== null) return null;
      host = value;
    } else if (unusual.has(key) && !(key === 'connection' && value.toLowerCase() === 'keep-alive'))
      return null;
    rawHeaders.push(name, value);
    at = field.lastIndex;
  }
  const isWhole = at === text.length - 2 && text.endsWith('\r\n');
  if (!isWhole || host === null) return null;
  return { method: start[1] as PlainHead['method'], url: start[2] ?? '', host, rawHeaders };
}
