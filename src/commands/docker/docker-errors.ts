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
  const image = /^canopy: no image: docker (\w+) failed with code (\d+)$/.exec(last);
  const printed = image ? linesOf(stdout).slice(-lines) : [];
  const about = [...said.slice(-4), ...printed];
  const unusable = byEngine(host, about);
  if (unusable !== null) return unusable;
  if (image) return noImage(host, image, printed);
  const other = /^canopy: container of another: (\S+) (.+)$/.exec(last);
  if (other) return fail('docker-foreign', { host, name: other[1] ?? '', owner: other[2] ?? '' });
  const refused = about.findLast((line) => /error response from daemon:/i.test(line));
  if (refused === undefined) return null;
  const detail = cut(refused.replace(/^.*error response from daemon: */i, ''), 300);
  return fail('docker-refused', { host, title, detail });
}

function noImage(
  host: string,
  [, verb = '', code]: readonly string[],
  printed: readonly string[],
): CanopyError {
  const said = printed.map((line) => cut(line, 300)).join('\n  ') || 'it printed nothing';
  return fail('docker-image', { host, verb, code: Number(code), said });
}

/** The engine itself cannot be used. */
function byEngine(host: string, about: readonly string[]): CanopyError | null {
  const found = (words: RegExp): string | undefined => about.findLast((line) => words.test(line));
  const denied = found(/permission denied.* docker (daemon|api)/i);
  if (denied !== undefined) return fail('docker-denied', { host, detail: cut(denied, 300) });
  const away = found(/cannot connect to the docker daemon|is the docker daemon running/i);
  if (away !== undefined) return fail('docker-away', { host, detail: cut(away, 300) });
  return found(/\bdocker: (command )?not found/) === undefined ? null : fail('docker-missing', { host });
}

const linesOf = (text: string): string[] =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
