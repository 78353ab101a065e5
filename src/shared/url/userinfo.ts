/**
 * The user and the password in a URL: all between `://` and the last `@`, whatever signs they hold. In a text nobody knows where a
 * password ends that was written as it is, with an `@` or a `/` in it; so all of it is taken, and never too little. Pure.
 */

interface UrlParts {
  /** With its `://`. */
  readonly scheme: string;
  readonly user: string;
  readonly password: string;
  /** What stands behind the last `@`, or all of it. */
  readonly rest: string;
}

/** Null for what is no URL. */
export function splitUrl(url: string): UrlParts | null {
  const [, scheme, all = ''] = /^([a-z][a-z0-9+.-]*:\/\/)(.*)$/is.exec(url) ?? [];
  if (scheme === undefined) return null;
  const at = all.lastIndexOf('@');
  const userinfo = at === -1 ? '' : all.slice(0, at);
  const colon = userinfo.indexOf(':');
  return {
    scheme,
    user: colon === -1 ? userinfo : userinfo.slice(0, colon),
    password: colon === -1 ? '' : userinfo.slice(colon + 1),
    rest: all.slice(at + 1),
  };
}

/** A URL that is asked, without user and password: what stands before the last `@` of its authority. */
export const withoutUserinfo = (url: string): string =>
  url.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/?#]*@/i, '$1');

/** The URL with every sign in its user and password written as URLs have it; `%40` and the like stay. */
export function encodeUserinfo(url: string): string {
  const parts = splitUrl(url);
  if (parts === null || (parts.user === '' && parts.password === '')) return url;
  const { scheme, user, password, rest } = parts;
  return `${scheme}${encoded(user)}${password === '' ? '' : `:${encoded(password)}`}@${rest}`;
}

const encoded = (text: string): string =>
  text.replace(/%(?![0-9a-f]{2})|[^\w.~!$&'()*+,;=%-]/giu, (sign) => encodeURIComponent(sign.toWellFormed()));

/** The text as it is, and as URLs mean it. */
export function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // A lone % is no escape: it stands as it is.
    return text;
  }
}

const ends = /[\s"'`<>]/g;

/** Each URL in a text without its user and password. Of SSH the user is no secret, and neither is one beside a password that is hidden. */
export function redactUrls(text: string): string {
  let out = '';
  let done = 0;
  for (let at = text.indexOf('://'); at !== -1; at = text.indexOf('://', done)) {
    const from = at + '://'.length;
    ends.lastIndex = from;
    const end = ends.exec(text)?.index ?? text.length;
    const scheme = /[a-z][a-z0-9+.-]*$/i.exec(text.slice(Math.max(done, at - 30), at))?.[0] ?? '';
    const userinfo = userinfoOf(text.slice(from, end));
    const isOpen = scheme === '' || userinfo === '' || isShown(scheme, userinfo);
    out +=
      text.slice(done, from) + (isOpen ? userinfo : '[secret]') + text.slice(from + userinfo.length, end);
    // What follows in the same word has no user: the last @ is behind us.
    done = end;
  }
  return out + text.slice(done);
}

/** All up to the last `@`; without one, what may be the begin of a password that was cut. */
function userinfoOf(url: string): string {
  const at = url.lastIndexOf('@');
  return at === -1
    ? (/^[^@/:[]*:(?!\d*(?:\u2026|\/))[^@/]*(?=\u2026)/.exec(url)?.[0] ?? '')
    : url.slice(0, at);
}

const isShown = (scheme: string, userinfo: string): boolean =>
  /^[\w.-]*:\[secret\]$/.test(userinfo) || (/ssh|sftp/i.test(scheme) && /^[\w.-]+$/.test(userinfo));
