/** All keys of the store, in one place (those of what runs by itself beside it, in store-keys.operate.ts): everybody who writes a key takes it from here; what each holds stands in store-keys.docs.ts. */
export const lockKey = (app: string, environment: string): string => `canopy:${app}:lock:${environment}`;
export const tokenKey = (app: string, environment: string): string =>
  `canopy:${app}:lock:${environment}:token`;
/** The newest run of a job that has asked for the environment. */
export const askedKey = (app: string, environment: string, job: string): string =>
  `canopy:${app}:asked:${environment}:${encodeURIComponent(job)}`;
export const deployKey = (app: string, environment: string): string => `canopy:${app}:deploy:${environment}`;
export const trafficState = (app: string): string => `canopy:${app}:traffic`;
export const trafficChannel = (app: string): string => `canopy:${app}:traffic:changed`;
export const canaryPublic = (app: string): string => `canopy:${app}:canary`;
/** All leases of routers begin so. */
export const routerLeases = (app: string): string => `canopy:${app}:router:`;
export const routerLease = (app: string, id: string): string => `${routerLeases(app)}${id}`;
/** Not below the leases: those are listed often. */
export const routerLeft = (app: string, id: string): string => `canopy:${app}:left:${id}`;
export const routerCounts = (app: string, id: string): string => `canopy:${app}:counted:${id}`;
/** The analysis of the canary that is there now. */
export const analysisKey = (app: string): string => `canopy:${app}:analysis`;
export const stickyKey = (app: string): string => `canopy:${app}:sticky-key`;
/** What HAProxy had counted when the share last changed. */
export const haproxyCounted = (app: string): string => `canopy:${app}:haproxy`;
/** All records of flags begin so. */
export const flagRecords = (app: string): string => `canopy:${app}:flag:`;
export const flagRecord = (app: string, name: string): string => `${flagRecords(app)}${name}`;
export const flagPlain = (app: string, name: string): string => `flag:${app}:${name}`;
/** What stood at a key of ours and could not be read. */
export const unreadableRecord = (app: string, name: string): string => `canopy:${app}:unreadable:${name}`;
export const auditStream = (app: string): string => `canopy:${app}:audit`;
