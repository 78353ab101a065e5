import type { Log } from '../../src/ports/ports.ts';

/** A log that keeps what it hears: `warn web-1 text`. */
export function quietLog(): Log & { readonly lines: string[] } {
  const lines: string[] = [];
  const keep =
    (level: string) =>
    (text: string, about = ''): void =>
      void lines.push(`${level} ${about} ${text}`);
  return { lines, info: keep('info'), warn: keep('warn'), debug: keep('debug'), progress: () => undefined };
}
