/** What a call does, in the words of Twilio. It goes with the request for the call: nothing of ours has to be reachable for it to speak. */
import VoiceResponse from 'twilio/lib/twiml/VoiceResponse.js';

const PAUSE_SECONDS = 1;
const KEY_SECONDS = 15;

/** Reads the text twice; `keys`: the address that gets the key that was pressed; null: nobody asks for one. */
export function instructions(text: string, keys: string | null): string {
  const response = new VoiceResponse();
  const speaker =
    keys === null
      ? response
      : response.gather({
          ...{ input: ['dtmf'], numDigits: 1, timeout: KEY_SECONDS },
          ...{ action: keys, method: 'POST' },
        });
  speaker.say(text);
  speaker.pause({ length: PAUSE_SECONDS });
  speaker.say(text);
  return response.toString();
}
