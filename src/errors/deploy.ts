import { entry } from './entry.ts';

export const deployErrors = {
  'gate-failed': entry<{ host: string; release: string; reason: string }>(
    3,
    (d) => `${d.host} did not become healthy with ${d.release}: ${d.reason}`,
    () => `look at the service's log on that instance; health in canopy.yml sets path, status and time`,
  ),
  'host-lacks': entry<{ host: string; tools: string }>(
    1,
    (d) => `${d.host} lacks ${d.tools}`,
    () => `install coreutils, util-linux, tar and gzip there`,
  ),
  'host-readonly': entry<{ host: string; folder: string; path: string }>(
    1,
    (d) => `${d.host}: the SSH user may not write into ${d.folder}`,
    (d) => `on the server: sudo mkdir -p ${d.path} && sudo chown "$USER" ${d.path}`,
  ),
  'host-space': entry<{ host: string; path: string; free: string; needed: string }>(
    1,
    (d) => `${d.host}: ${d.free} free on ${d.path}, the release needs ${d.needed}`,
    () => `free space there, or lower keep in canopy.yml; nothing was touched`,
    true,
  ),
  'shared-missing': entry<{ host: string; file: string }>(
    1,
    (d) => `${d.host}: the shared file ${d.file} does not exist`,
    (d) => `make it on the server: mkdir -p "$(dirname ${d.file})" && touch ${d.file}`,
  ),
  'unit-missing': entry<{ host: string; unit: string; state: string }>(
    1,
    (d) => `${d.host} has no unit ${d.unit} that could be started: systemd says ${d.state}`,
    (d) => `install it there, then systemctl daemon-reload; see systemctl status ${d.unit}`,
  ),
  'linger-missing': entry<{ host: string; unit: string; user: string }>(
    1,
    (d) => `${d.host}: ${d.unit} would end with the SSH connection: ${d.user} does not linger`,
    (d) => `on the server: sudo loginctl enable-linger ${d.user}`,
  ),
  'release-missing': entry<{ host: string; release: string }>(
    1,
    (d) => `${d.host} does not hold the release ${d.release}`,
    () => `canopy status --json lists the releases; deploy the artifact again instead`,
  ),
  'no-earlier-release': entry<{ environment: string }>(
    1,
    (d) => `${d.environment} has no earlier healthy release that all its instances hold`,
    () => `name one by --to; canopy status --json lists the releases`,
  ),
  'facts-unreadable': entry<{ host: string; detail: string }>(
    1,
    (d) => `${d.host} gave no readable answer about its releases: ${d.detail}`,
    () => `is its login shell a POSIX shell that prints nothing? try: ssh <host> true`,
  ),
  'deploy-blocked': entry<{ environment: string; deploy: string }>(
    1,
    (d) =>
      `${d.environment} was left mixed by the deploy ${d.deploy}: not every instance is known to run one healthy release`,
    (d) =>
      `look at canopy status, then canopy rollback --environment ${d.environment}, or canopy lock release --environment ${d.environment} to take it as it is`,
  ),
  'no-instances': entry<{ environment: string; only: string }>(
    2,
    (d) => `${d.environment} has no instance${d.only}`,
    () => `add instances below the environment in canopy.yml, or check --only`,
  ),
};
