/** What is to be said in, how it ended out: each message once, none lost. `decide.ts` decides. */
export { channelOf, lateMessenger } from './channels.ts';
export { claimFrom } from './from-number.ts';
export { messageHistory, type SentMessage } from './history.ts';
export { Outbox, type MessageOrder } from './outbox.ts';
export { type MessageChannel } from './settling.ts';
export { type DeliveryOutcome, type OpenDelivery } from './slot.ts';
export { incidentText } from './text.ts';
export { type IncidentNotice } from './text/notice.ts';
