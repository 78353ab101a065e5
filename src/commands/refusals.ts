/** What a server refuses a command, in words, and what helps. Pure. */

interface CommandRefusal {
  readonly what: string;
  readonly advice: string;
}

/** sudo would ask for a password, and nobody is there to type it. */
export const sudoAsks: CommandRefusal = {
  what: 'sudo asks for a password',
  advice: 'canopy explain sudo prints the rules for /etc/sudoers.d',
};

/** Each refusal in its own words: what helps against one is useless against another. */
export function refusalOf(line: string, user: string | null, path: string): CommandRefusal {
  if (/read-only file system/i.test(line))
    return {
      what: 'the file system is read-only',
      advice: 'mount | grep ro, and dmesg, tell why; mount it for writing again',
    };
  if (/a password is required/i.test(line)) return sudoAsks;
  if (/operation not permitted/i.test(line))
    return {
      what: 'not permitted',
      advice: `only the owner or root may do that: sudo chown -R ${user ?? 'THE_SSH_USER'} ${path}`,
    };
  return {
    what: 'permission denied',
    advice: `on the server: sudo chown -R ${user ?? 'THE_SSH_USER'} ${path}; for services see canopy explain sudo`,
  };
}

/** A file that is not there, or a program. */
export const absenceOf = (line: string, user: string | null): CommandRefusal =>
  /no such file or directory/i.test(line)
    ? {
        what: 'no such file or folder',
        advice: `create it on the server, owned by ${user ?? 'the SSH user'}, and try again`,
      }
    : {
        what: 'a program is missing',
        advice: `install it there, or put it on the PATH of ${user ?? 'the SSH user'}: commands get that of a login`,
      };
