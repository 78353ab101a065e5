import type { Store } from '../../ports/ports.ts';
import type { Redactor } from './redact.ts';

/** Fields of a stream's entry by which programs tell entries apart: never masked, they hold no text of others. */
const ours = [
  ...['kind', 'at', 'intent', 'outcome', 'event', 'durationMs', 'revertMs'],
  // Of a message: who was told by what, and the provider's id.
  ...['id', 'person', 'by', 'level', 'incident', 'providerId', 'tries'],
];

/**
 * The store with its streams masked: their entries are for people, and the reasons in them repeat what servers said. Other
 * values are read by programs and are written as they are: a short secret must not change an instance's name.
 */
export const redactedStore = (real: Store, mask: Redactor): Store => ({
  ...real,
  append: (stream, entry, keep) => {
    const fields = Object.entries(entry).map(([name, text]) => [
      name,
      ours.includes(name) ? text : maskField(text, mask),
    ]);
    return real.append(stream, Object.fromEntries(fields) as Record<string, string>, keep);
  },
});

/** A list of texts stays a list of texts. */
function maskField(text: string, mask: Redactor): string {
  const list = text.startsWith('[') ? listOf(text) : null;
  return list === null
    ? mask(text)
    : JSON.stringify(list.map((item) => (typeof item === 'string' ? mask(item) : item)));
}

function listOf(text: string): unknown[] | null {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : null;
  } catch {
    // Some other text that begins with a bracket.
    return null;
  }
}
