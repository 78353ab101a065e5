/** What a server tells of the log of a service. Pure. */
import { toVisible } from '../../../shared/text/line.ts';

export interface ServiceLog {
  /** Its last own lines since it was started, oldest first. */
  readonly log: readonly string[];
  /** What systemd said of it. */
  readonly manager: readonly string[];
}

interface Answer {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const longest = 500;

/** The lines of `own TAB line` and `manager TAB line`; a log that nobody could read is a line that says so. */
export function logIn({ code, stdout, stderr }: Answer): ServiceLog {
  const lines = (name: string): string[] =>
    stdout
      .split('\n')
      .filter((line) => line.startsWith(`${name}\t`))
      .map((line) => toVisible(line.slice(name.length + 1), longest))
      .filter((line) => line.trim() !== '');
  const [log, manager] = [lines('own'), lines('manager')];
  if (log.length > 0) return { log, manager };
  return { log: [`(${whyNone(code, stderr)})`], manager };
}

function whyNone(code: number, stderr: string): string {
  if (/not seeing messages from other users|insufficient permissions/i.test(stderr))
    return 'no log: the SSH user may not read the journal; add it to the group systemd-journal';
  const said = stderr.trim().split('\n').at(-1) ?? '';
  if (said !== '' || code !== 0) return `no log: ${toVisible(said || `exit code ${code}`, 200)}`;
  return 'it has logged nothing since it was started';
}
