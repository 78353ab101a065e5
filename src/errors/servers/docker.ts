import { entry } from '../kit/entry.ts';

export const dockerErrors = {
  'docker-missing': entry<{ host: string }>(
    1,
    (d) => `${d.host} has no program docker for the SSH user`,
    () => `install the Docker Engine and its client there (Debian: apt-get install docker.io)`,
  ),
  'docker-denied': entry<{ host: string; detail: string }>(
    1,
    (d) => `${d.host}: the SSH user may not use the Docker Engine: ${d.detail}`,
    () =>
      `on the server: sudo usermod -aG docker "$USER", and log in anew; who is in that group is as good as root there. Or let the user run a rootless engine (docker context use rootless)`,
  ),
  'docker-away': entry<{ host: string; detail: string }>(
    1,
    (d) => `${d.host}: the Docker Engine does not answer: ${d.detail}`,
    () => `on the server: systemctl status docker, journalctl -u docker`,
    true,
  ),
  'docker-space': entry<{ host: string; folder: string; free: string; needed: string }>(
    1,
    (d) => `${d.host}: ${d.free} free on ${d.folder}, where Docker keeps its images; ${d.needed} are needed`,
    () =>
      `docker system df shows what takes room there; docker builder prune frees the build cache; nothing was touched`,
    true,
  ),
  'docker-image': entry<{ host: string; verb: string; code: number; said: string }>(
    1,
    (d) => `${d.host}: no image: docker ${d.verb} failed with code ${d.code}:\n  ${d.said}`,
    () => `what runs there was not touched; --verbose shows all of its output`,
  ),
  'docker-foreign': entry<{ host: string; name: string; owner: string }>(
    1,
    (d) => `${d.host}: there is a container ${d.name} that belongs to ${d.owner}: it is not touched`,
    () => `rename the instance in canopy.yml, or remove that container by hand`,
  ),
  'docker-refused': entry<{ host: string; title: string; detail: string }>(
    1,
    (d) => `${d.host}: Docker refused (${d.title}): ${d.detail}`,
    () => `see docker in canopy.yml, and docker ps -a on the server`,
  ),
};
