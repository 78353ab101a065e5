/** A `docker` section as it would stand in canopy.yml. Pure. */
import type { Docker, DockerImage } from '../../config/types.ts';
import { writeDuration } from './written-units.ts';

/** Names and labels are made, not written. */
export function writeDocker({ name: _, labels: __, image, stopMs, ...own }: Docker): Record<string, unknown> {
  const rest = {
    ...own,
    volumes: own.volumes.map(
      ({ source, target, readOnly, below }) =>
        `${below === null ? source : `shared/${below}`}:${target}${readOnly ? ':ro' : ''}`,
    ),
    memory: own.memory === null ? null : writeSize(own.memory),
    stop: writeDuration(stopMs),
  };
  return {
    ...origin(image),
    ...Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== null)),
  };
}

function origin(image: DockerImage): Record<string, string> {
  if (image.kind === 'pull') return { image: image.repository };
  if (image.kind === 'load') return { load: image.file };
  return { build: image.folder, dockerfile: image.dockerfile };
}

/** Bytes in the largest unit that is exact. */
function writeSize(bytes: number): string {
  const units = [['GB', 1024 ** 3] as const, ['MB', 1024 ** 2] as const, ['KB', 1024] as const];
  const unit = units.find(([, size]) => bytes % size === 0);
  return unit === undefined ? `${bytes}B` : `${bytes / unit[1]}${unit[0]}`;
}
