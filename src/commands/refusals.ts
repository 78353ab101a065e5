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

/** Exit code of a shell whose program is there and may not be started. */
export const notStarted = 126;

/** The releases lie on a mount that starts no program. */
export const startsNone = (mount: string): CommandRefusal => ({
  what: `${mount} is mounted noexec: no program that lies there can be started`,
  advice: `start it by a program that lies elsewhere (node app.js, java -jar, sh run.sh); or on the server: mount -o remount,exec ${mount}, and in /etc/fstab`,
});

/** Not below shared/: what lies there may belong to the user of the service. */
const ownAgain = (user: string, path: string): string =>
  `sudo chown -R ${user} ${path}/.canopy ${path}/releases; sudo chown ${user} ${path} ${path}/shared`;

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
      advice: `only the owner or root may do that: ${ownAgain(user ?? 'THE_SSH_USER', path)}`,
    };
  return {
    what: 'permission denied',
    advice: `on the server: ${ownAgain(user ?? 'THE_SSH_USER', path)}; for services see canopy explain sudo`,
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
