/**
 * By what a release was started, as data: it stands in its release.json, and whatever goes back to the release starts, stops and asks it by
 * that, whatever canopy.yml says by then. What is read back is a stranger's text; it is run on its own server alone. Pure.
 */
import { wrongDockerOption } from '../../config/fields/docker-option.ts';
import type { Docker, Instance, Service } from '../../config/types.ts';
import { amount, flag, is, like, list, nullable, object, oneOf } from '../../record/fields.ts';
import { isObject, jsonIn, readBy, type Schema } from '../../record/record.ts';

/** Its name, its labels and its images are canopy.yml's. */
type KeptDocker = Omit<Docker, 'name' | 'labels' | 'image'>;

export type KeptService = Service | (KeptDocker & { readonly kind: 'docker' });

/** Null when a secret of canopy.yml stands in it: nothing of that is written to a server. */
export function keptService(
  instance: Pick<Instance, 'service' | 'docker'>,
  masked: (text: string) => string,
): KeptService | null {
  // What could not be read again is not written either.
  const kept = readService(serviceOf(instance));
  const text = JSON.stringify(kept);
  return masked(text) === text ? kept : null;
}

/** Of the text of a release.json; null when there is none that can be taken. */
export function serviceIn(text: string): KeptService | null {
  const json = jsonIn(text, 100_000);
  return json.ok && isObject(json.value) ? readService(json.value['service']) : null;
}

/** The instance with that in place of its own. Null: as it is. A container is no service, and none becomes one. */
export function withService(instance: Instance, kept: KeptService | null): Instance {
  if (kept === null || (kept.kind === 'docker') !== (instance.docker !== null)) return instance;
  if (kept.kind !== 'docker') return { ...instance, service: kept };
  const { kind: _kind, ...own } = kept;
  return instance.docker === null ? instance : { ...instance, docker: { ...instance.docker, ...own } };
}

/** Whether canopy.yml names another one to be started: another unit, or a unit where there were commands. */
export function isOther(instance: Instance, kept: KeptService | null): boolean {
  if (kept === null) return false;
  const own = serviceOf(instance);
  return own.kind !== kept.kind || ('unit' in own && 'unit' in kept && own.unit !== kept.unit);
}

/** Whether anything of it is another. */
export const isChanged = (instance: Instance, kept: KeptService | null): boolean =>
  kept !== null && JSON.stringify(readService(serviceOf(instance))) !== JSON.stringify(kept);

/** As people call it. */
export function showService(kept: KeptService): string {
  if (kept.kind === 'docker') return 'a container';
  return kept.kind === 'commands' ? 'commands' : `${kept.unit}.service`;
}

function serviceOf({ service, docker }: Pick<Instance, 'service' | 'docker'>): KeptService {
  return docker === null ? service : { kind: 'docker', ...docker };
}

const unit = like(/^[A-Za-z0-9:_.@\\-]{1,250}$/, 'is no name of a unit');
const lines = list(like(/^[^\0]{0,10000}$/, 'is no command'), 100);
const words = list(like(/^[^\0]{0,4000}$/, 'is no word'), 200);
const file = like(/^[^\0\n]{1,4000}$/, 'is no path');

const volume = object({
  kind: oneOf(['bind', 'volume']),
  source: like(/^[^\s,"'\0]{1,4000}$/, 'is no source'),
  target: like(/^\/[^\s,"'\0]{0,4000}$/, 'is no target'),
  readOnly: flag,
  below: nullable(file),
});

const services: Readonly<Record<KeptService['kind'], Schema<KeptService>>> = {
  systemd: object({ kind: oneOf(['systemd']), unit }),
  'user-systemd': object({ kind: oneOf(['user-systemd']), unit }),
  commands: object({
    kind: oneOf(['commands']),
    start: lines,
    stop: lines,
    status: lines,
    log: nullable(file),
  }),
  docker: object({
    kind: oneOf(['docker']),
    ports: list(like(/^[0-9a-fA-F.:[\]]{1,60}(?:\/(?:tcp|udp))?$/, 'is no port'), 100),
    volumes: list(volume, 100),
    network: nullable(like(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,200}$/, 'is no network')),
    user: nullable(like(/^[A-Za-z0-9_.:-]{1,200}$/, 'is no user')),
    memory: nullable(amount),
    cpus: nullable(amount),
    stopMs: amount,
    restart: oneOf(['no', 'on-failure', 'unless-stopped']),
    command: words,
    envFile: nullable(like(/^shared\/(?!.*\.\.)[^\0\n]{1,4000}$/, 'is no file below shared/')),
    options: list(
      is<string>((value) => typeof value === 'string' && wrongDockerOption(value) === null, 'is no option'),
      100,
    ),
  }),
};

function readService(value: unknown): KeptService | null {
  const kind = isObject(value) ? value['kind'] : null;
  if (typeof kind !== 'string' || !Object.hasOwn(services, kind)) return null;
  const found = readBy(services[kind as KeptService['kind']], value);
  return found.ok ? found.value : null;
}
