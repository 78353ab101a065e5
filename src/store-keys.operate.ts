/** The keys of what runs by itself after a release (store-keys.ts has the others): apart, because most steps need none of them. */
/** When a heartbeat of that name was last posted. */
export const heartbeatKey = (app: string, name: string): string => `canopy:${app}:heartbeat:${name}`;
/** All open deliveries of messages begin so. */
export const openMessages = (app: string): string => `canopy:${app}:message:open:`;
/** The one open delivery by a means to an address, of which it has 16 digits of a hash. */
export const openMessage = (app: string, by: string, address: string): string =>
  `${openMessages(app)}${by}:${address}`;
export const messageStream = (app: string): string => `canopy:${app}:messages`;
/** The application that calls and writes from a number: two of them could not tell their calls apart. */
export const fromNumber = (number: string): string => `canopy:from:${number}`;
/** All incidents begin so. */
export const incidentRecords = (app: string): string => `canopy:${app}:incident:`;
export const incidentKey = (app: string, id: string): string => `${incidentRecords(app)}${id}`;
/** What the guard knows of all that acts by itself: whether it is paused, and what it has done lately. */
export const guardKey = (app: string): string => `canopy:${app}:guard`;
/** Which watcher leads. */
export const watchLease = (app: string): string => `canopy:${app}:watch`;
/** All silences begin so. */
export const silenceKeys = (app: string): string => `canopy:${app}:silence:`;
export const silenceKey = (app: string, of: string): string => `${silenceKeys(app)}${encodeURIComponent(of)}`;
/** Where rules are between two measurements. */
export const ruleStatesKey = (app: string): string => `canopy:${app}:rules`;
