/** `service`: what runs a release on its server. */
import { lines, name, text } from '../../fields/fields.ts';
import type { Lines } from '../../fields/lines.ts';
import { key, section, type WrittenOf } from '../../fields/section.ts';

export const service = section({
  systemd: key(name, null),
  'user-systemd': key(name, null),
  start: key(lines, []),
  stop: key(lines, []),
  status: key(lines, []),
  log: key(text, null),
});

export type Service =
  | { readonly kind: 'systemd'; readonly unit: string }
  | { readonly kind: 'user-systemd'; readonly unit: string }
  | {
      readonly kind: 'commands';
      readonly start: Lines;
      readonly stop: Lines;
      readonly status: Lines;
      /** The file that it logs to, absolute or below the release; null: nobody said. */
      readonly log: string | null;
    };

export function buildService(written: WrittenOf<typeof service>): Service {
  const { systemd, 'user-systemd': ofUser, ...commands } = service.fill(written);
  if (systemd !== null) return { kind: 'systemd', unit: systemd };
  return ofUser === null ? { kind: 'commands', ...commands } : { kind: 'user-systemd', unit: ofUser };
}
