/** Secrets are masked in everything that leaves a step: each form in which they could be printed is replaced by `[secret]`. */
export interface Mask {
  /** Adds a secret. One shorter than four characters would hide half of every log and is refused: false. */
  add(secret: string): boolean;
  (text: string): string;
}

const least = 4;

export function createMask(): Mask {
  const forms = new Set<string>();
  let pattern: RegExp | null = null;

  const mask = ((text: string): string => {
    if (forms.size === 0) return text;
    // Longest first, so that a whole is not left behind by one of its parts.
    pattern ??= new RegExp(
      [...forms]
        .sort((a, b) => b.length - a.length)
        .map((form) => form.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
        .join('|'),
      'g',
    );
    return text.replace(pattern, '[secret]');
  }) as Mask;

  mask.add = (secret: string): boolean => {
    const whole = secret.trim();
    if (whole.length < least) return whole.length === 0;
    for (const piece of [whole, ...manyLines(whole)]) for (const form of formsOf(piece)) forms.add(form);
    pattern = null;
    return true;
  };
  return mask;
}

/** Lines of a PEM block or the like: each is masked alone, because output is cut into lines. Short ones stay readable. */
const manyLines = (text: string): string[] =>
  text.includes('\n')
    ? text.split(/\r?\n/).filter((line) => line.length >= 8 && !/^-----(BEGIN|END) [A-Z ]+-----$/.test(line))
    : [];

function formsOf(secret: string): string[] {
  const json = JSON.stringify(secret).slice(1, -1);
  const url = encodeURIComponent(secret);
  return [
    secret,
    json,
    JSON.stringify(json).slice(1, -1),
    url,
    encodeURI(secret),
    new URLSearchParams([['', secret]]).toString().slice(1),
    url.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()),
    secret.replaceAll("'", `'\\''`),
    secret.replace(/["$`\\]/g, '\\$&'),
    secret.replace(/[^A-Za-z0-9_@%+=:,./-]/g, '\\$&'),
    ...base64Forms(secret),
  ].filter((form) => form.length >= least);
}

/** The base64 text of a secret depends on where it stands in what is encoded: at one of three places. */
function base64Forms(secret: string): string[] {
  const bytes = Buffer.from(secret, 'utf8');
  const found: string[] = [];
  for (const before of [0, 1, 2]) {
    const encoded = Buffer.concat([Buffer.alloc(before), bytes])
      .toString('base64')
      .replace(/=+$/, '');
    // The first and last characters also hold bits of the neighbours.
    const start = before === 0 ? 0 : before + 1;
    const spare = (before + bytes.length) % 3 === 0 ? 0 : 1;
    const middle = encoded.slice(start, encoded.length - spare);
    if (middle.length >= 6) found.push(middle, middle.replaceAll('+', '-').replaceAll('/', '_'));
  }
  return found;
}
