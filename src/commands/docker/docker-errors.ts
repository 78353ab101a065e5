/** What docker said, as an error of the catalogue. Pure. */
import { fail, type CanopyError } from '../../errors.ts';
import { cut } from '../../shared/text/line.ts';

interface DockerOutput {
  readonly stdout: string;
  readonly stderr: string;
}

/** So many of the last lines of a build are told. */
const lines = 8;

/** Null when it was not docker's doing. */
export function byDocker(host: string, title: string, { stdout, stderr }: DockerOutput): CanopyError | null {
  const said = linesOf(stderr);
  const last = said.at(-1) ?? '';
  const none = /^canopy: no image: docker (\w+) failed with code (\d+)$/.exec(last);
  const found = (words: RegExp, among: readonly string[]): string | undefined =>
    among.findLast((line) => words.test(line));
  const about = [...said.slice(-4), ...(none ? linesOf(stdout).slice(-lines) : [])];
  const denied = found(/permission denied.* docker (daemon|api)/i, about);
  if (denied !== undefined) return fail('docker-denied', { host, detail: cut(denied, 300) });
  const away = found(/cannot connect to the docker daemon|is the docker daemon running/i, about);
  if (away !== undefined) return fail('docker-away', { host, detail: cut(away, 300) });
  if (found(/\bdocker: (command )?not found/, about) !== undefined) return fail('docker-missing', { host });
  if (none) {
    const told = linesOf(stdout).slice(-lines);
    return fail('docker-image', {
      host,
      verb: none[1] ?? '',
      code: Number(none[2]),
      said: told.map((line) => cut(line, 300)).join('\n  ') || 'it printed nothing',
    });
  }
  const other = /^canopy: container of another: (\S+) (.+)$/.exec(last);
  if (other) return fail('docker-foreign', { host, name: other[1] ?? '', owner: other[2] ?? '' });
  const refused = found(/error response from daemon:/i, about);
  if (refused === undefined) return null;
  const detail = cut(refused.replace(/^.*error response from daemon: */i, ''), 300);
  return fail('docker-refused', { host, title, detail });
}

const linesOf = (text: string): string[] =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
