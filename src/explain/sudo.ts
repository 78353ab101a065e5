/** What the services need beyond the SSH user's own rights, as a file for /etc/sudoers.d. Pure. */
import { sudoVerbs, sudoWords, unitName } from '../commands/service/unit.ts';
import type { Config, Instance, Service } from '../config/types.ts';
import { toLine } from '../shared/text/line.ts';
import { readAddress } from '../shared/url/ssh-address.ts';
import type { Explained } from './answer.ts';

/** Where sudo finds a program that is named without its folder, on every system with a merged /usr. */
const folder = '/usr/bin';

/** Instances of one environment with the same user and the same service. */
interface SudoNeed {
  readonly environment: string;
  readonly instances: readonly string[];
  /** Null: a container. */
  readonly service: Service | null;
  /** Null: canopy.yml names none. */
  readonly user: string | null;
  readonly needs: 'rule' | 'linger' | 'docker' | 'nothing';
}

/** `stranger` is the user of hosts that canopy.yml names without one; null: nobody said. */
export function explainSudo(config: Config, stranger: string | null): Explained {
  const needs = needsOf(config, stranger);
  const rules = [...new Set(needs.flatMap((need) => ruleOf(need) ?? []))];
  const text = [
    `# sudo for Canopy, ${config.app}: what its services need on their servers. To check and install it on each:`,
    '#   visudo -cf FILE && install -m 0440 -o root -g root FILE /etc/sudoers.d/canopy',
    ...(needs.every((need) => need.needs !== 'rule')
      ? ['# No rule is needed: no unit of the system is controlled by another user than root.']
      : []),
    ...needs.flatMap((need, at) => ['', ...section(need, needs.slice(0, at))]),
  ].join('\n');
  const told = needs.map(({ service, ...need }) => ({
    ...need,
    service: service?.kind ?? 'docker',
    unit: unitOf(service),
  }));
  return { data: { rules, file: `${text}\n`, needs: told }, text };
}

function needsOf(config: Config, stranger: string | null): SudoNeed[] {
  const groups = new Map<string, SudoNeed>();
  for (const { name: environment, instances } of Object.values(config.environments)) {
    for (const instance of instances) {
      const need = needOf(environment, instance, stranger);
      const key = JSON.stringify({ ...need, instances: [] });
      const known = groups.get(key);
      groups.set(key, known ? { ...known, instances: [...known.instances, instance.name] } : need);
    }
  }
  return [...groups.values()];
}

function needOf(
  environment: string,
  { name, service, host, docker }: Instance,
  stranger: string | null,
): SudoNeed {
  const user = (host === null ? undefined : readAddress(host)?.user) ?? stranger;
  const controls = service.kind === 'systemd' && user !== 'root';
  if (docker !== null)
    return {
      environment,
      instances: [name],
      service: null,
      user,
      needs: user === 'root' ? 'nothing' : 'docker',
    };
  const needs = service.kind === 'user-systemd' ? 'linger' : controls ? 'rule' : 'nothing';
  return { environment, instances: [name], service, user, needs };
}

/** Null when no rule is needed, or none can be written. */
function ruleOf({ needs, service, user }: SudoNeed): string | null {
  const who = user ?? nobodySaid;
  if (needs !== 'rule' || service === null || service.kind === 'commands' || !isPlain(who)) return null;
  const commands = sudoVerbs.map((verb) => `${folder}/${sudoWords(service, verb).join(' ')}`);
  return `${who} ALL=(root) NOPASSWD: ${commands.join(', ')}`;
}

const nobodySaid = 'deploy';

/** Words of sudo's own (ALL, aliases) and signs that mean something to it are no plain names. */
const isPlain = (user: string): boolean => /^[a-z_][A-Za-z0-9_.-]{0,63}$/.test(user);

const unitOf = (service: Service | null): string | null =>
  service === null || service.kind === 'commands' ? null : unitName(service);

function section(need: SudoNeed, above: readonly SudoNeed[]): string[] {
  const { environment, instances, service, needs } = need;
  const user = need.user ?? nobodySaid;
  const name = isPlain(user) ? user : 'USER';
  const what = unitOf(service) ?? (service === null ? 'containers' : 'own commands');
  const head = `# ${environment}: ${instances.join(', ')} (${service?.kind === 'user-systemd' ? 'user unit ' : ''}${what}, as ${toLine(user, 80)})`;
  if (needs === 'linger')
    return [head, '# no rule; so that the unit outlives the session:', `#   loginctl enable-linger ${name}`];
  if (needs === 'docker')
    return [
      head,
      '# no rule; so that it may use the Docker Engine (which makes it as good as root there):',
      `#   usermod -aG docker ${name}`,
      '# or run a rootless engine as that user',
    ];
  if (needs === 'nothing')
    return [
      head,
      unitOf(service) === null ? '# no rule: they run as that user' : '# no rule: root needs none',
    ];
  const rule = ruleOf(need);
  if (rule === null) return [head, '# no rule is written for a user of such a name: write it by hand'];
  if (above.some((other) => ruleOf(other) === rule)) return [head, '# the same rule as above'];
  return [
    head,
    ...(need.user === null
      ? [`# canopy.yml names no user: write theirs in place of ${nobodySaid}, or use --user NAME`]
      : []),
    rule,
    '# to let it read the log of the unit (a rule for journalctl would open more than that):',
    `#   usermod -aG systemd-journal ${name}`,
  ];
}
