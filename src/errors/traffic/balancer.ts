import { entry } from '../kit/entry.ts';

/** Errors of the balancers that are not ours: HAProxy, and a user's own commands. */
export const balancerErrors = {
  'haproxy-away': entry<{ host: string; reason: string; next: string }>(
    1,
    (d) => `no answer from HAProxy on ${d.host}: ${d.reason}`,
    (d) => d.next,
    true,
  ),
  'haproxy-odd': entry<{ host: string; socket: string; reason: string }>(
    1,
    (d) => `what answers at ${d.socket} on ${d.host} is no HAProxy that Canopy knows: ${d.reason}`,
    () => `traffic.balancer.haproxy.socket names the stats socket of HAProxy 2.2 or newer`,
  ),
  'haproxy-backend': entry<{ host: string; backend: string }>(
    2,
    (d) => `HAProxy on ${d.host} has no backend ${d.backend}`,
    () => `name it in traffic.balancer.haproxy.backend; canopy explain haproxy prints a haproxy.cfg`,
  ),
  'haproxy-level': entry<{ host: string; socket: string; level: string }>(
    2,
    (d) => `${d.socket} on ${d.host} has level ${d.level}, which changes nothing`,
    () => `write "level admin" in the line of the stats socket of haproxy.cfg`,
  ),
  'haproxy-static': entry<{ host: string; backend: string; algorithm: string }>(
    2,
    (d) =>
      `the backend ${d.backend} on ${d.host} has balance ${d.algorithm}: its weights are fixed while it runs`,
    () => `write "balance roundrobin" in haproxy.cfg, or leave traffic.canary out`,
  ),
  'haproxy-server': entry<{ host: string; backend: string; server: string; instance: string }>(
    2,
    (d) => `the backend ${d.backend} on ${d.host} has no server ${d.server} for ${d.instance}`,
    (d) =>
      `add it to haproxy.cfg, or name the right one: traffic.balancer.haproxy.servers: { ${d.instance}: NAME }`,
  ),
  'haproxy-refused': entry<{ host: string; reason: string }>(
    1,
    (d) => `HAProxy on ${d.host} did not do what it was told: ${d.reason}`,
    () => `canopy status shows where it differs from what is wanted`,
  ),
  'haproxy-not-ready': entry<{ instance: string; seconds: string; hosts: string }>(
    1,
    (d) => `HAProxy did not find ${d.instance} healthy within ${d.seconds} s: ${d.hosts}`,
    () =>
      `does it answer the health check of haproxy.cfg, asked from there? the stats page says why it is down`,
    true,
  ),
  'balancer-instance': entry<{ instance: string; environments: string }>(
    2,
    (d) => `the balancer knows no instance ${d.instance}`,
    (d) => `it knows those of ${d.environments}: traffic.stable and traffic.canary`,
  ),
  'balancer-late': entry<{ who: string }>(
    1,
    (d) => `the traffic state is changed, but not applied by ${d.who}`,
    () =>
      `requests are still split as before there; run the same again when it answers: nothing is done twice`,
    true,
  ),
  'balancer-weight': entry<Record<string, never>>(
    2,
    () => `traffic.balancer.commands has no weight, so no share can be given to the canary or taken from it`,
    () => `add weight: COMMAND, which gets the percentage in $CANOPY_WEIGHT`,
  ),
  'balancer-sticky': entry<Record<string, never>>(
    2,
    () => `only the embedded router takes --sticky while it runs`,
    () => `HAProxy's way stands in haproxy.cfg: set traffic.sticky, and see canopy explain haproxy`,
  ),
  'balancer-command': entry<{ name: string; about: string; code: string; detail: string }>(
    1,
    (d) => `traffic.balancer.commands.${d.name} ended with ${d.code}${d.about}: ${d.detail}`,
    () => `run it by hand in the folder of canopy.yml with the same variables; exit code 0 means done`,
    true,
  ),
  'no-haproxy': entry<Record<string, never>>(
    2,
    () => `canopy.yml has no traffic section that a HAProxy could split`,
    () => `add traffic: { balancer: { haproxy: { hosts: [root@lb1], backend: shop } }, stable: production }`,
  ),
};
