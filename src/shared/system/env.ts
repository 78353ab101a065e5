/** Variables of an environment, those of a process too: a name that is not there is undefined. */
export type Env = Readonly<Record<string, string | undefined>>;
