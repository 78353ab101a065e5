/**
 * Secrets are masked in everything that leaves a step: each form in which they could be printed is replaced by `[secret]`, and so is
 * the user and password of any URL.
 */
import { redactUrls } from '../../shared/url/userinfo.ts';
import { allForms, least } from './secret-forms.ts';

export interface Redactor {
  /** Adds a secret. One shorter than four characters would hide half of every log and is refused: false. */
  add(secret: string): boolean;
  /** Adds what is hidden and yet no credential of ours: whoever has it by its variable may keep it. */
  hide(text: string): void;
  /** Whether this is a secret, in any of its forms. */
  knows(text: string): boolean;
  (text: string): string;
}

const hidden = '[secret]';

export function createRedactor(): Redactor {
  const forms = new Set<string>();
  const secrets = new Set<string>();
  let index: Index | null = null;

  const mask = ((text: string): string => {
    if (forms.size === 0) return redactUrls(text);
    index ??= indexOf(forms);
    const whole = replaceAll(text, index);
    return redactUrls(whole.includes('…') ? maskCuts(whole, forms) : whole);
  }) as Redactor;

  mask.hide = (text) => {
    if (text.trim().length < least) return;
    for (const form of allForms(text)) forms.add(form);
    index = null;
  };
  mask.add = (secret) => {
    const { length } = secret.trim();
    if (length < least) return length === 0;
    for (const form of allForms(secret)) secrets.add(form);
    mask.hide(secret);
    return true;
  };
  mask.knows = (text) => secrets.has(text);
  return mask;
}

/** No regular expression: a long secret file makes one too large, and the error would print all of it. */
interface Index {
  /** By their first characters, the longest first, so that a whole is not left behind by one of its parts. */
  readonly byStart: ReadonlyMap<string, readonly string[]>;
  /** Whether a form may begin with these two characters: almost always not, which makes it quick. */
  readonly pairs: Uint8Array;
}

const pairOf = (text: string, at: number): number =>
  (text.charCodeAt(at) * 251 + text.charCodeAt(at + 1)) & 0xffff;

function indexOf(forms: ReadonlySet<string>): Index {
  const byStart = new Map<string, string[]>();
  const pairs = new Uint8Array(0x10000);
  for (const form of [...forms].sort((a, b) => b.length - a.length)) {
    pairs[pairOf(form, 0)] = 1;
    const start = form.slice(0, least);
    const same = byStart.get(start);
    if (same) same.push(form);
    else byStart.set(start, [form]);
  }
  return { byStart, pairs };
}

function replaceAll(text: string, { byStart, pairs }: Index): string {
  let out = '';
  let done = 0;
  for (let at = 0; at <= text.length - least; at += 1) {
    if (pairs[pairOf(text, at)] !== 1) continue;
    const form = byStart.get(text.slice(at, at + least))?.find((item) => text.startsWith(item, at));
    if (form === undefined) continue;
    out += text.slice(done, at) + hidden;
    done = at + form.length;
    at = done - 1;
  }
  return done === 0 ? text : out + text.slice(done);
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
