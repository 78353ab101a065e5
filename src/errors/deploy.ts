import { entry } from './kit/entry.ts';

export const deployErrors = {
  'gate-failed': entry<{ host: string; release: string; reason: string }>(
    3,
    (d) => `${d.host} did not become healthy with ${d.release}: ${d.reason}`,
    () => `look at the service's log on that instance; health in canopy.yml sets path, status and time`,
  ),
  'release-ended': entry<{ host: string; release: string }>(
    1,
    (d) => `${d.host} does not run ${d.release} any more, though it was healthy after the switch`,
    () => `look at the service's log on that instance; canopy deploy --resume starts it again, or goes back`,
  ),
  capacity: entry<{ host: string; reason: string; waited: string }>(
    3,
    (d) => `${d.host} was not taken out of the traffic, after ${d.waited} of waiting: ${d.reason}`,
    () =>
      `mend what is out or wait for less load; rollout.maxUnavailable, margin and capacityWait, and capacity of an instance, set the limits`,
    true,
  ),
  'hook-failed': entry<{ where: string; hook: string; code: number; said: string }>(
    1,
    (d) => `${d.where}: the ${d.hook} hook ended with exit code ${d.code}: ${d.said}`,
    (d) => `--verbose prints all that it says; hooks.${d.hook} in canopy.yml is what runs`,
  ),
  'hook-late': entry<{ where: string; hook: string; limit: string; left: string; said: string }>(
    1,
    (d) =>
      `${d.where}: the ${d.hook} hook was not done within ${d.limit} and was ended${d.left}; it said last: ${d.said}`,
    (d) => `give it longer: hooks.${d.hook}: { run: ..., timeout: 20m }`,
  ),
  'host-lacks': entry<{ host: string; tools: string }>(
    1,
    (d) => `${d.host} lacks ${d.tools}`,
    () => `install coreutils, findutils, awk, util-linux, tar and gzip there`,
  ),
  'host-readonly': entry<{
    host: string;
    folder: string;
    path: string;
    user: string;
    /** Null: it is mounted for writing. */
    mount: string | null;
  }>(
    1,
    (d) =>
      d.mount === null
        ? `${d.host}: the SSH user may not write into ${d.folder}`
        : `${d.host}: ${d.folder} cannot be written: ${d.mount} is mounted read-only`,
    (d) =>
      d.mount === null
        ? `on the server: sudo mkdir -p ${d.path} && sudo chown ${d.user} ${d.path}`
        : `dmesg on the server tells why; sudo mount -o remount,rw ${d.mount} when its disk is sound; nothing was touched`,
  ),
  'host-layout': entry<{ host: string; what: string; mend: string }>(
    1,
    (d) => `${d.host}: ${d.what}`,
    (d) => `on the server: ${d.mend}; nothing was touched`,
  ),
  'host-space': entry<{ host: string; path: string; free: string; needed: string }>(
    1,
    (d) => `${d.host}: ${d.free} free on ${d.path}, the release needs ${d.needed}`,
    (d) =>
      `free space there, for example by deleting old releases in ${d.path}/releases; nothing was touched`,
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
  'service-other': entry<{ host: string; path: string; release: string; kept: string; by: string }>(
    1,
    (d) =>
      `${d.host}: ${d.release} was started by ${d.kept}, and canopy.yml has ${d.by} there: it could not be gone back to`,
    (d) =>
      `deploy to an instance with another path; or stop what runs there and remove the link: rm ${d.path}/current; nothing was touched`,
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
    () => `log in as that user and see what sh and its tools print there`,
  ),
  'deploy-blocked': entry<{ environment: string; deploy: string }>(
    1,
    (d) =>
      `${d.environment} was left mixed by the deploy ${d.deploy}: not every instance is known to run one healthy release`,
    (d) =>
      `look at canopy status, then canopy deploy --environment ${d.environment} --resume, or canopy rollback --environment ${d.environment}, or canopy lock release --environment ${d.environment} to take it as it is`,
  ),
  'resume-none': entry<{ environment: string }>(
    2,
    (d) => `${d.environment} has no deploy that could be resumed`,
    () => `start one: canopy deploy; canopy history lists what was done`,
  ),
  'resume-other': entry<{ environment: string; last: string }>(
    2,
    (d) =>
      `that is not the last deploy of ${d.environment}, which is ${d.last}: only the last one can be resumed`,
    (d) => `canopy deploy --environment ${d.environment} --resume`,
  ),
  'resume-unclear': entry<{ environment: string; reason: string }>(
    1,
    (d) =>
      `the store has lost the journal of ${d.environment}, and its servers do not agree on the last deploy: ${d.reason}`,
    (d) =>
      `name the one to go on with: canopy deploy --environment ${d.environment} --resume ID; or start a new deploy or a rollback: it begins with what is there`,
  ),
  'resume-over': entry<{ deploy: string; reason: string }>(
    2,
    (d) => `the deploy ${d.deploy} cannot be resumed: ${d.reason}`,
    () => `canopy status shows what runs; start a new deploy instead`,
  ),
  'resume-gone': entry<{ deploy: string; instances: string }>(
    2,
    (d) => `the deploy ${d.deploy} is about instances that canopy.yml does not have now: ${d.instances}`,
    () => `put them back for the resume, or take the environment as it is: canopy lock release`,
  ),
  'resume-balancer': entry<{ deploy: string }>(
    2,
    (d) => `the deploy ${d.deploy} takes instances out of the traffic, and there is no balancer now`,
    () => `resume it with the balancer it was begun with, and without --no-balancer`,
  ),
  'resume-artifact': entry<{ deploy: string; release: string; found: string }>(
    2,
    (d) => `the deploy ${d.deploy} still has to send ${d.release}, and the artifact here is ${d.found}`,
    (d) => `name it: canopy deploy --resume --artifact .canopy/artifacts/${d.release}.tgz`,
  ),
  'plan-file': entry<{ file: string; reason: string }>(
    2,
    (d) => `${d.file} is no plan that can be applied: ${d.reason}`,
    () => `make it anew: canopy deploy --plan FILE`,
  ),
  'plan-hash': entry<{ file: string; found: string; expected: string }>(
    2,
    (d) => `${d.file} has the sha256 ${d.found}, expected is ${d.expected}`,
    () => `somebody changed the file, or it is another one: look at it, or make it anew`,
  ),
  'plan-stale': entry<{ file: string; differences: string }>(
    3,
    (d) => `${d.file} was made from facts that have changed: ${d.differences}`,
    () => `make the plan anew, look at it, and apply that one; nothing was touched`,
  ),
  'no-instances': entry<{ environment: string; only: string }>(
    2,
    (d) => `${d.environment} has no instance${d.only}`,
    () => `add instances below the environment in canopy.yml, or check --only`,
  ),
};
