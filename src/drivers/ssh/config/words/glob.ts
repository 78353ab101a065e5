/** The files that a pattern of `Include` names, as glob(3) finds them: `*`, `?` and `[…]`, and hidden names only by their dot. */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Files below `folder` (which is no pattern) in order of their names; what cannot be read names nothing. */
export function glob(pattern: string, folder = '/'): string[] {
  const segments = pattern.split('/').filter((segment) => segment !== '');
  return segments.reduce(deeper, [folder]).filter(isFile).sort();
}

function deeper(folders: readonly string[], segment: string): string[] {
  if (!/[*?[]/.test(segment)) return folders.map((folder) => join(folder, segment));
  const wanted = expression(segment);
  return folders.flatMap((folder) =>
    namesIn(folder)
      .filter((name) => wanted.test(name) && (segment.startsWith('.') || !name.startsWith('.')))
      .map((name) => join(folder, name)),
  );
}

/** `[!a-c]` is any other character; a bracket that is not closed stands for itself. */
function expression(segment: string): RegExp {
  const source = segment.replace(
    /\\(.)|(\*)|(\?)|\[(!|\^)?(\]?[^\]]*)\]|[.+^${}()|[\]\\]/g,
    (whole, escaped?: string, star?: string, one?: string, not?: string, set?: string) => {
      if (escaped !== undefined) return literal(escaped);
      if (star) return '.*';
      if (one) return '.';
      if (set !== undefined && set !== '') return `[${not ? '^' : ''}${set.replace(/[\\\]^[]/g, '\\$&')}]`;
      return [...whole].map(literal).join('');
    },
  );
  try {
    return new RegExp(`^${source}$`, 's');
  } catch {
    // A range from z to a names no character.
    return /(?!)/;
  }
}

const literal = (character: string): string => character.replace(/[.*+?^${}()|[\]\\]/, '\\$&');

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    // Like OpenSSH: a folder that is not there or not ours has no files to include.
    return [];
  }
}

const isFile = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isFile() === true;
