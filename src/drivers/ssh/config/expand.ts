/** Tokens (`%h`), variables (`${NAME}`) and `~` in values of the OpenSSH configuration. Pure. */

export interface ExpandInput {
  /** A letter and what stands for it. */
  readonly tokens: Readonly<Record<string, () => string>>;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The home of a user of this machine, of the one who runs this for ''; null: there is no such user. */
  readonly homeOf: (user: string) => string | null;
}

/** Why OpenSSH would refuse the value. */
export class NotExpanded extends Error {}

/** Tokens alone: HostName, ProxyJump. */
export const expandTokens = (text: string, tokens: ExpandInput['tokens']): string =>
  text.replace(/%(.?)/gs, (_whole, letter: string) => tokenOf(letter, tokens));

/** A path: `~`, then variables and tokens in one go, so that neither is looked for in what the other gave. */
export function expandPath(text: string, input: ExpandInput): string {
  const path = expandTilde(text, input.homeOf);
  return path.replace(
    /\$\{([^}]*)(\}?)|%(.?)/gs,
    (whole, name: string | undefined, end: string, letter: string) => {
      if (!whole.startsWith('$')) return tokenOf(letter, input.tokens);
      if (end === '' || !name) throw new NotExpanded(`"${whole}" is no variable`);
      const value = input.env[name];
      if (value === undefined) throw new NotExpanded(`the variable ${name} is not set`);
      return value;
    },
  );
}

export function expandTilde(text: string, homeOf: ExpandInput['homeOf']): string {
  const found = /^~([^/]*)\/*(.*)$/s.exec(text);
  if (!found) return text;
  const [, user = '', rest = ''] = found;
  const home = homeOf(user);
  if (home === null) throw new NotExpanded(`there is no user "${user}" on this machine`);
  return `${home}${home.endsWith('/') ? '' : '/'}${rest}`;
}

function tokenOf(letter: string, tokens: ExpandInput['tokens']): string {
  if (letter === '%') return '%';
  const token = tokens[letter];
  if (token === undefined) throw new NotExpanded(`the token %${letter} is not known here`);
  return token();
}
