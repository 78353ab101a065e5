/**
 * Names of CDEvents (https://cdevents.dev, v0.5), without the version at their end: what has happened in words that other
 * programs know. Only an outcome has one, and only when something was changed.
 */
export const events = {
  deployed: 'dev.cdevents.service.deployed',
  upgraded: 'dev.cdevents.service.upgraded',
  rolledBack: 'dev.cdevents.service.rolledback',
  removed: 'dev.cdevents.service.removed',
  /** Neither the old nor the new: part of a deploy, another split of the traffic, a flag. */
  modified: 'dev.cdevents.environment.modified',
} as const;

export type EventName = (typeof events)[keyof typeof events];

/** The name of an event, also of one that a newer version writes. */
export const eventPattern = /^dev\.cdevents\.[a-z]{1,40}\.[a-z]{1,40}$/;
