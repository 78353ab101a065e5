/** Texts of canopy.yml and its inventories as they were parsed, kept from run to run. No value of a variable is in them. */
import { isDeepStrictEqual } from 'node:util';
import type { ParsedTexts } from '../../config/file/load.ts';
import { openDiskCache, type DiskCache } from './disk-cache.ts';

/** What the parser of this build is made of; the build puts it in. */
declare const __CANOPY_PARSER__: string | undefined;

interface ParsedEntry {
  readonly parser: string;
  readonly text: string;
  readonly data: unknown;
}

/** In the folder of the user; null where there is none, and for sources that were not built. */
export function openParsed(env: Readonly<Record<string, string | undefined>>): ParsedTexts | null {
  const kept = typeof __CANOPY_PARSER__ === 'string' ? openDiskCache(env) : null;
  return kept && parsedTexts(kept, __CANOPY_PARSER__ ?? '');
}

/** Finds only what the same parser has made of exactly the same text; takes no text with a secret in it. */
export function parsedTexts(kept: DiskCache, parser: string): ParsedTexts {
  const place = (text: string): string => `yaml-${kept.nameOf(text)}`;
  return {
    find: (text) => {
      const entry = entryOf(kept.read(place(text)));
      return entry?.parser === parser && entry.text === text ? entry.data : undefined;
    },
    keep: (texts, secrets) => {
      const entries = [...texts].flatMap(([text, data]) => {
        const content = JSON.stringify({ parser, text, data } satisfies ParsedEntry);
        const whole = isDeepStrictEqual((JSON.parse(content) as ParsedEntry).data, data);
        return whole && !holdsSecret(text, data, secrets)
          ? [[place(text), Buffer.from(content)] as const]
          : [];
      });
      if (entries.length > 0) kept.write(entries);
    },
  };
}

function entryOf(content: Buffer | null): ParsedEntry | null {
  try {
    return content === null ? null : (JSON.parse(content.toString()) as ParsedEntry);
  } catch {
    // Another version of Canopy wrote something else there.
    return null;
  }
}

/** A known secret, the password of an address, or anything but a variable at a key that is named like a secret. */
function holdsSecret(text: string, data: unknown, secrets: readonly string[]): boolean {
  const known = secrets.filter((secret) => secret !== '');
  const told = (words: string): boolean =>
    known.some((secret) => words.includes(secret)) || /:\/\/[^:/@\s]*:[^\s]*@/.test(words);
  const walk = (value: unknown, key: string): boolean => {
    // A password of digits.
    if (typeof value === 'number') return secretKey.test(key);
    if (typeof value === 'string') return told(value) || (secretKey.test(key) && isWritten(value));
    if (value === null || typeof value !== 'object') return false;
    return Object.entries(value).some(([name, item]) => walk(item, Array.isArray(value) ? key : name));
  };
  return told(text) || walk(data, '');
}

const secretKey = /pass|secret|token|credential|private/i;
/** Something besides variables without a default. */
const isWritten = (value: string): boolean =>
  value.replace(/\$\{(?:env:\w+(?::-)?|file:[^}]+)\}/g, '').trim() !== '';
