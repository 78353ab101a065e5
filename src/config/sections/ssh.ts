/** `ssh`: how servers are reached. */
import { anyText, atLeastOne, flag, list, text, texts } from '../fields/fields.ts';
import { key, lasts, section, type SectionOf, type WrittenOf } from '../fields/section.ts';

export const ssh = section({
  knownHosts: key(texts, ['~/.ssh/known_hosts']),
  hostKeys: key(list(text), []),
  acceptNew: key(flag, false),
  key: key(anyText(), null),
  /** The OpenSSH client configuration to read. */
  config: key(text, '~/.ssh/config'),
  connectTimeout: lasts(10_000),
  keepAlive: lasts(15_000),
  concurrency: key(atLeastOne, 20),
});
export type SshConfig = SectionOf<typeof ssh>;

/** `keyFile`: CANOPY_SSH_KEY_FILE, or null. */
export function buildSsh(
  written: WrittenOf<typeof ssh>,
  { home, keyFile }: { readonly home: string; readonly keyFile: string | null },
): SshConfig {
  const found = ssh.fill(written);
  const atHome = (path: string): string => path.replace(/^~(?=\/|$)/, home);
  return {
    ...found,
    knownHosts: found.knownHosts.map(atHome),
    key: atHome(found.key ?? keyFile ?? '') || null,
    config: atHome(found.config),
  };
}
