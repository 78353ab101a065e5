import type { StoreKey } from '../../src/store-keys.docs.ts';
import { note } from './note.ts';

/** docs/keys.md. */
export const keysPage = (keys: readonly StoreKey[]): string =>
  [
    `<!-- ${note}. It comes from src/store-keys.docs.ts. -->`,
    '# Keys in the store',
    'Everything that several machines share lives in Redis. Programs of any language may rely on the promised keys; the others may change with a version.',
    section(
      'Promised',
      keys.filter((key) => key.promised),
    ),
    section(
      'Of Canopy itself',
      keys.filter((key) => !key.promised),
    ),
  ]
    .join('\n\n')
    .concat('\n');

const section = (title: string, keys: readonly StoreKey[]): string =>
  [
    `## ${title}`,
    '',
    '| key | type | |',
    '|---|---|---|',
    ...keys.map(({ key, type, says }) => `| \`${key}\` | ${type} | ${says.replaceAll('|', '\\|')} |`),
  ].join('\n');
