/** One delivery of an incident, as its texts are made of it. Pure. */
import type { Config, WatchConfig } from '../../config/types.ts';
import type { Delivery, Incident } from '../../incidents/index.ts';
import { incidentText, type MessageOrder } from '../../messages/index.ts';

export const textOf = (
  { app, messages }: Config,
  { url, groupOver }: WatchConfig,
  incident: Incident,
  { key, level, to, by }: Delivery,
  now: number,
): MessageOrder['message'] =>
  incidentText({
    ...{ app, incident, level, repeat: Number(key.split('.')[1]) || 0, to, by, groupOver, now },
    link: url === null ? null : `${url}/incidents/${incident.id}`,
    keys: messages.twilio !== null && messages.twilio.callback !== null,
  });
