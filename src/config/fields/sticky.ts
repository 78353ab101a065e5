/** How clients stick to their side of the split: as it is written in canopy.yml, and as one text everywhere else. Pure. */

/**
 * `none`: every request is split by itself. `cookie`: by a cookie of our own. `header:NAME`, `cookie:NAME`: by what the
 * application's own header or cookie of that name says.
 */
export type Sticky = 'none' | 'cookie' | `header:${string}` | `cookie:${string}`;

/** A mode from its text or from `{ header: NAME }` or `{ cookie: NAME }`; null when it is none. */
export function stickyOf(value: unknown): Sticky | null {
  if (typeof value === 'string') return fromText(value);
  if (typeof value !== 'object' || value === null) return null;
  const [first, ...more] = Object.entries(value).filter(([, name]) => name !== undefined);
  if (first === undefined || more.length > 0 || typeof first[1] !== 'string') return null;
  return fromText(`${first[0]}:${first[1]}`);
}

/** What a mode may be, for people. */
export const stickyModes = 'none, cookie, header:NAME or cookie:NAME';

/** Names of headers are small letters from here on; those of cookies stay as they are. */
function fromText(text: string): Sticky | null {
  if (text === 'none' || text === 'cookie') return text;
  const match = /^(header|cookie):([!#$%&'*+.^_`|~0-9A-Za-z-]{1,64})$/.exec(text);
  if (match?.[2] === undefined) return null;
  return match[1] === 'header' ? `header:${match[2].toLowerCase()}` : `cookie:${match[2]}`;
}
