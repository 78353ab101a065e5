/** A URL, or null when the text is none. (`URL.parse` is not in every Node 20.) */
export const parseUrl = (text: string): URL | null => (URL.canParse(text) ? new URL(text) : null);
