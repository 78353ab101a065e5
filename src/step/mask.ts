/** Secrets are masked in everything that leaves a step: each form in which they could be printed is replaced by `[secret]`. */
import { allForms, least } from './mask-forms.ts';

export interface Mask {
  /** Adds a secret. One shorter than four characters would hide half of every log and is refused: false. */
  add(secret: string): boolean;
  (text: string): string;
}

const hidden = '[secret]';
/** So many forms make one pattern: the engine has a limit, and a secret file may be long. */
const together = 1000;

export function createMask(): Mask {
  const forms = new Set<string>();
  let patterns: RegExp[] | null = null;

  const mask = ((text: string): string => {
    if (forms.size === 0) return text;
    patterns ??= patternsOf(forms);
    const whole = patterns.reduce((left, pattern) => left.replace(pattern, hidden), text);
    return whole.includes('…') ? maskCuts(whole, forms) : whole;
  }) as Mask;

  mask.add = (secret: string): boolean => {
    const { length } = secret.trim();
    if (length < least) return length === 0;
    for (const form of allForms(secret)) forms.add(form);
    patterns = null;
    return true;
  };
  return mask;
}

/** Longest first, so that a whole is not left behind by one of its parts. */
function patternsOf(forms: ReadonlySet<string>): RegExp[] {
  const sorted = [...forms]
    .sort((a, b) => b.length - a.length)
    .map((form) => form.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  const patterns: RegExp[] = [];
  for (let at = 0; at < sorted.length; at += together)
    patterns.push(new RegExp(sorted.slice(at, at + together).join('|'), 'g'));
  return patterns;
}

/** Whoever cuts a text marks the cut with `…`: a secret that was cut in two there is hidden too. */
function maskCuts(text: string, forms: ReadonlySet<string>): string {
  const most = (found: (form: string) => number): number => {
    let longest = 0;
    for (const form of forms) longest = Math.max(longest, found(form));
    return longest;
  };
  const parts = text.split('…');
  return parts
    .map((part, at) => {
      const from = at === 0 ? 0 : most((form) => tailAtStart(part, form));
      const head = from > 0 ? `${hidden}${part.slice(from)}` : part;
      const left = at === parts.length - 1 ? 0 : most((form) => headAtEnd(head, form));
      return left > 0 ? `${head.slice(0, -left)}${hidden}` : head;
    })
    .join('…');
}

/** How many characters at the end of the text are the beginning of the form. */
function headAtEnd(text: string, form: string): number {
  const window = text.slice(-form.length);
  const begin = form.slice(0, least);
  for (let at = window.indexOf(begin); at >= 0; at = window.indexOf(begin, at + 1)) {
    if (form.startsWith(window.slice(at))) return window.length - at;
  }
  return 0;
}

/** How many characters at the start of the text are the end of the form. */
function tailAtStart(text: string, form: string): number {
  const window = text.slice(0, form.length);
  const end = form.slice(-least);
  for (let at = window.lastIndexOf(end); at >= 0; at = at === 0 ? -1 : window.lastIndexOf(end, at - 1)) {
    if (form.endsWith(window.slice(0, at + least))) return at + least;
  }
  return 0;
}
