import { entry } from '../kit/entry.ts';

export const trafficErrors = {
  'traffic-contended': entry<{ key: string; tries: number }>(
    1,
    (d) => `${d.key} changed under our hands ${d.tries} times`,
    () =>
      `something rewrites the traffic state without end; look at who does (redis-cli monitor), then run it again`,
    true,
  ),
  'traffic-value': entry<{ what: string; value: string }>(
    2,
    (d) => `${d.what} cannot be "${d.value}"`,
    () =>
      `a weight is a percentage from 0 to 100 with at most one decimal; sticky is none, cookie, header:NAME or cookie:NAME; an instance is named as in canopy.yml`,
  ),
  'router-none': entry<{ app: string }>(
    1,
    (d) => `no router of ${d.app} is running, so no instance can be taken out of the traffic or put back`,
    () => `start one (canopy router), or add --no-balancer when nobody sends requests or they may be lost`,
    true,
  ),
  'router-unknown-instance': entry<{ instance: string; routers: string }>(
    1,
    (d) => `no running router knows ${d.instance} (${d.routers})`,
    () =>
      `restart the routers with the present canopy.yml; the instance must stand in the stable or canary environment`,
  ),
  'router-not-ready': entry<{ instance: string; seconds: string; routers: string }>(
    1,
    (d) => `${d.instance} was not taken up by every router within ${d.seconds} s; waiting for ${d.routers}`,
    () =>
      `does it answer traffic.health.path as the routers reach it? GET /state on a router's admin port shows what it sees`,
    true,
  ),
  'router-open': entry<{ address: string }>(
    2,
    (d) => `the admin port would listen on ${d.address} without a token`,
    () => `set traffic.admin.token (CANOPY_TOKEN), or listen on 127.0.0.1`,
  ),
  'router-proxy': entry<{ entry: string }>(
    2,
    (d) => `traffic.trustedProxies has "${d.entry}", which is neither an address nor a range`,
    () => `write addresses or CIDR ranges: 10.0.0.5, 10.0.0.0/8, fd00::/8`,
  ),
  'router-listen': entry<{ address: string; reason: string; advice: string }>(
    1,
    (d) => `cannot listen on ${d.address}: ${d.reason}`,
    (d) => `${d.advice}; traffic.listen and traffic.admin.listen in canopy.yml set the addresses`,
  ),
  'router-socket': entry<{ reason: string }>(
    1,
    (d) => d.reason,
    () =>
      `workers that serve go on where they listen; find who has the address (ss -ltnp), or set traffic.listen or traffic.admin.listen to another one`,
  ),
  'router-worker': entry<{ how: string }>(
    1,
    (d) => `the router did not come up: its first worker ended (${d.how})`,
    () => `what the worker has printed above says why`,
  ),
  'router-away': entry<{ app: string; file: string }>(
    1,
    (d) => `no router of ${d.app} runs here: nobody answers at ${d.file}`,
    () =>
      `start one (canopy router, or its unit); the same canopy.yml and user as the running one are needed`,
  ),
  'router-reload': entry<{ reason: string }>(
    1,
    (d) => `the workers were not replaced, the old ones go on serving: ${d.reason}`,
    () => `put that right and try it again; the log of the router says more`,
  ),
  'router-page': entry<{ file: string; reason: string }>(
    2,
    (d) => `the maintenance page ${d.file} cannot be read: ${d.reason}`,
    () => `traffic.maintenance.page names an HTML file, seen from the folder of canopy.yml`,
  ),
  'router-instances': entry<{ reason: string }>(
    2,
    (d) => `the router cannot serve these instances: ${d.reason}`,
    () =>
      `each instance of the stable and canary environments needs a name of its own and a url of the form http://host:port`,
  ),
};
