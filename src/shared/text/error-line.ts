/** The line of a program's output that tells why it failed; programs end with something else. Pure. */

interface Output {
  readonly stdout: string;
  readonly stderr: string;
}

const looked = 300;
const colours = /\u001b\[[0-9;?]*[A-Za-z]/g;
const telling =
  /\b(error|fatal|panic|failed|failure|cannot|can't|could not|couldn't|unable to|denied|refused|not found|no such|not permitted|undefined reference|missing)\b|\w(Error|Exception)\b/i;
/** What tools print around their errors: counts, codes, where a log lies, what to read. */
const aside =
  /^npm (error|ERR!)( (code|errno|syscall|path|signal|command|A complete log|Lifecycle script|in workspace|at location|enoent This is)\b.*)?$|^make(\[\d+\])?: \*\*\* .*Error \d+$|^Node\.js v\d|^at \S|^Exit status \d+|\b0 (errors?|failed|failures?)\b/i;

/** Of the last errors that stand together the first: it is the cause, the others follow from it. Else the last line of all. */
export function errorLine({ stdout, stderr }: Output): string | null {
  const [err, out] = [linesOf(stderr), linesOf(stdout)];
  const plain = (lines: readonly string[]): string | undefined => lines.findLast((line) => !aside.test(line));
  return among(err) ?? among(out) ?? plain(err) ?? plain(out) ?? err.at(-1) ?? out.at(-1) ?? null;
}

function among(lines: readonly string[]): string | null {
  const isOne = (line: string | undefined): boolean =>
    line !== undefined && telling.test(line) && !aside.test(line);
  let at = lines.findLastIndex(isOne);
  if (at < 0) return null;
  let first = at;
  for (; at >= 0 && (isOne(lines[at]) || aside.test(lines[at] ?? '')); at -= 1)
    if (isOne(lines[at])) first = at;
  return lines[first] ?? null;
}

const linesOf = (text: string): string[] =>
  text
    .replace(colours, '')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .slice(-looked);
