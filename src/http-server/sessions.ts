/** Sessions of browsers: a cookie that stands for a role, for a while. */
import { createHash } from 'node:crypto';

interface SessionSetup {
  /** The name of the cookie. */
  readonly cookie: string;
  readonly lifeMs: number;
  /** Only over https. */
  readonly secure: boolean;
  /** So many random characters, never guessed. */
  readonly random: (length: number) => string;
}

interface Sessions {
  /** Begins one; the value of Set-Cookie. */
  begin(role: string, now: number): string;
  /** By the header `Cookie`; null: there is none, or it is over. */
  roleOf(cookies: string | undefined, now: number): string | null;
  /** Ends it; the value of Set-Cookie. */
  end(cookies: string | undefined): string;
}

/** More are more than people: the oldest one ends. */
const MOST = 10_000;

export function openSessions({ cookie, lifeMs, secure, random }: SessionSetup): Sessions {
  const open = new Map<string, { readonly role: string; readonly until: number }>();
  const header = (value: string, seconds: number): string =>
    `${cookie}=${value}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${seconds}${secure ? '; Secure' : ''}`;
  return {
    begin(role, now) {
      const id = random(64);
      const [oldest] = open.keys();
      if (open.size >= MOST && oldest !== undefined) open.delete(oldest);
      open.set(keyOf(id), { role, until: now + lifeMs });
      return header(id, Math.floor(lifeMs / 1000));
    },
    roleOf(cookies, now) {
      const key = keyOf(valueIn(cookies, cookie));
      const found = open.get(key);
      if (found === undefined) return null;
      if (now < found.until) return found.role;
      open.delete(key);
      return null;
    },
    end(cookies) {
      open.delete(keyOf(valueIn(cookies, cookie)));
      return header('', 0);
    },
  };
}

/** How far a guess is right does not show in the time that it takes. */
const keyOf = (id: string): string => createHash('sha256').update(id).digest('hex');

function valueIn(cookies: string | undefined, name: string): string {
  for (const part of (cookies ?? '').split(';')) {
    const at = part.indexOf('=');
    if (at > 0 && part.slice(0, at).trim() === name) return part.slice(at + 1).trim();
  }
  return '';
}
