import { toJsonSchema } from '@valibot/to-json-schema';
import { wholeSchema } from './operate.ts';

/** The JSON schema of canopy.yml, for editors. */
export function jsonSchema(): Record<string, unknown> {
  const made = toJsonSchema(wholeSchema, { typeMode: 'input', errorMode: 'ignore' });
  return { ...made, title: 'canopy.yml', $id: 'https://canopy-delivery.dev/schema/canopy.schema.json' };
}
