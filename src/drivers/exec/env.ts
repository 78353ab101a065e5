/** The environment of a user's command. Pure. */

const ours = /^(CANOPY|TWILIO|SMTP)_/;

/** Without our secrets: no CANOPY_*, TWILIO_*, SMTP_*, and none of the variables that hold a bound credential. */
export function cleanEnv(
  env: Readonly<Record<string, string | undefined>>,
  hide: readonly string[],
): Record<string, string> {
  const clean: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    if (value !== undefined && !ours.test(name) && !hide.includes(name)) clean[name] = value;
  }
  return clean;
}
