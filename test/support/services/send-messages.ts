// Sends one message to each URL of its arguments and prints what became of it: a process that trusts NODE_EXTRA_CA_CERTS.
import { openMail } from '../../../src/drivers/messages/mail.ts';
import { openWebhook } from '../../../src/drivers/messages/webhook.ts';
import { Secret } from '../../../src/shared/secret.ts';

for (const text of process.argv.slice(2)) {
  const url = new Secret(text);
  const messenger = text.startsWith('smtp')
    ? openMail({ url, from: 'canopy@example.org' })
    : openWebhook({ url, format: 'json', secret: null });
  const message = { id: 'n-abcdefgh', visible: 'n-abcdefgh', to: 'ann@example.org', incident: null };
  const sent = await messenger.send({ ...message, subject: 'hello', text: 'hello' }, { timeoutMs: 10_000 });
  console.log(JSON.stringify(sent));
}
