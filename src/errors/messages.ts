import { entry } from './kit/entry.ts';

export const messageErrors = {
  'message-from': entry<{ from: string; app: string; key: string }>(
    2,
    (d) => `the number ${d.from} belongs to the application ${d.app}: nothing was sent from it`,
    (d) =>
      `give each application a number of its own in messages.twilio.from; when ${d.app} does not use it any more: redis-cli del ${d.key}`,
  ),
};
